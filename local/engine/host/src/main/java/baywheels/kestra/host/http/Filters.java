package baywheels.kestra.host.http;

import io.kestra.core.exceptions.InvalidQueryFiltersException;
import io.kestra.core.models.QueryFilter;
import io.kestra.core.models.QueryFilter.Field;
import io.kestra.core.models.QueryFilter.Op;
import io.micronaut.http.HttpParameters;
import java.time.Duration;
import java.time.ZonedDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Query parameters of a search: {@code filters[field][OPERATION]=value}, and the older plain ones. */
public final class Filters {
    private static final Pattern NAME = Pattern.compile("filters\\[(\\w+)]\\[(\\w+)](?:\\[(.+)])?");

    /** What the older parameters mean. */
    private static final Map<String, Older> OLDER = Map.of(
        "namespace", new Older(Field.NAMESPACE, Op.PREFIX),
        "flowId", new Older(Field.FLOW_ID, Op.EQUALS),
        "state", new Older(Field.STATE, Op.IN));

    private record Older(Field field, Op operation) {
    }

    private Filters() {
    }

    /**
     * The filters that a request states, all of which apply.
     *
     * @throws InvalidQueryFiltersException when one is unknown or malformed
     */
    public static List<QueryFilter> of(HttpParameters parameters) {
        List<QueryFilter> filters = new ArrayList<>();
        for (Map.Entry<String, List<String>> parameter : parameters) {
            String name = parameter.getKey();
            List<String> values = parameter.getValue();
            Older older = OLDER.get(name);
            if (older != null) filters.add(new QueryFilter(older.field(), older.operation(), value(older.operation(), values)));
            else if (name.startsWith("filters[")) filters.add(filter(name, values));
        }
        return filters;
    }

    private static QueryFilter filter(String name, List<String> values) {
        Matcher parts = NAME.matcher(name);
        if (!parts.matches()) throw new InvalidQueryFiltersException("'" + name + "' is no filters[field][OPERATION]");
        try {
            Field field = Field.fromString(parts.group(1));
            Op operation = Op.valueOf(parts.group(2));
            if (field == Field.TIME_RANGE) {
                return new QueryFilter(Field.START_DATE, Op.GREATER_THAN_OR_EQUAL_TO, ZonedDateTime.now().minus(Duration.parse(values.getFirst())));
            }
            if (parts.group(3) != null) return new QueryFilter(field, operation, Map.of(parts.group(3), values.getFirst()));
            return new QueryFilter(field, operation, value(operation, values));
        } catch (RuntimeException unknown) {
            throw new InvalidQueryFiltersException("'" + name + "': " + unknown.getMessage());
        }
    }

    private static Object value(Op operation, List<String> values) {
        if (operation != Op.IN && operation != Op.NOT_IN) return values.getFirst();
        return values.stream().flatMap(value -> List.of(value.split(",")).stream()).toList();
    }
}
