package baywheels.kestra.host.http;

import io.kestra.core.repositories.ArrayListTotal;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.Sort;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * A page of a search.
 *
 * @param total how many there are on all pages
 */
@Introspected
public record PagedResults<T>(List<T> results, long total) {
    public static <T> PagedResults<T> of(ArrayListTotal<T> page) {
        return new PagedResults<>(page, page.getTotal());
    }

    /**
     * The page that a request asks for.
     *
     * @param page number, from 1
     * @param size results on a page, from 1
     * @param sort {@code field:asc} or {@code field:desc}, the most important first; may be null
     * @param column name of a field in the repository
     */
    public static Pageable page(int page, int size, List<String> sort, UnaryOperator<String> column) {
        if (page < 1 || size < 1) throw new IllegalArgumentException("page and size must be greater than or equal to 1");
        if (sort == null) return Pageable.from(page, size);
        return Pageable.from(page, size, Sort.of(sort.stream().map(each -> order(each, column)).toList()));
    }

    private static Sort.Order order(String sort, UnaryOperator<String> column) {
        String[] parts = sort.split(":");
        boolean known = parts.length == 2 && (parts[1].equals("asc") || parts[1].equals("desc"));
        if (!known) throw new IllegalArgumentException("Invalid sort parameter '" + sort + "': expected 'field:asc' or 'field:desc'");
        String field = column.apply(parts[0]);
        return parts[1].equals("asc") ? Sort.Order.asc(field) : Sort.Order.desc(field);
    }
}
