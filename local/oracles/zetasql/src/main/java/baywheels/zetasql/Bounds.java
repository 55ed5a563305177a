package baywheels.zetasql;

import com.google.zetasql.Value;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCast;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedColumnRef;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedComputedColumn;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedExpr;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedFunctionCall;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedLiteral;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Days that a condition leaves of a column, by literals alone: `from` to `to`, both included, either of them open (null); where a list
 * names the days, these. BigQuery prunes partitions by constants that are compared with the partitioning column:
 * https://cloud.google.com/bigquery/docs/querying-partitioned-tables. It takes other constant expressions as well; nothing here uses them.
 */
record Bounds(LocalDate from, LocalDate to, TreeSet<LocalDate> days) {
    private static final Map<String, String> TURNED = Map.of(
        "$greater", "$less", "$greater_or_equal", "$less_or_equal", "$less", "$greater", "$less_or_equal", "$greater_or_equal", "$equal", "$equal"
    );

    /** What a condition leaves that is never true: no day. */
    static final Bounds NONE = new Bounds(LocalDate.MAX, LocalDate.MIN, new TreeSet<>());

    /**
     * True for `on false`, by which dbt replaces partitions: no row of the target is compared.
     * https://cloud.google.com/bigquery/docs/reference/standard-sql/dml-syntax#merge_statement (constant false predicate)
     */
    static boolean isNever(ResolvedExpr condition) {
        return condition instanceof ResolvedLiteral literal && literal.getType().isBool() && !literal.getValue().isNull()
            && !literal.getValue().getBoolValue();
    }

    /** True when nothing is open: partitions outside are not read. */
    boolean isClosed() {
        return from != null && to != null;
    }

    /** What a condition leaves of each column, by the column's id. An alternative (OR) leaves all. */
    static Map<Long, Bounds> of(ResolvedExpr condition) {
        Map<Long, Bounds> found = new HashMap<>();
        for (ResolvedFunctionCall call : conjuncts(condition)) {
            List<ResolvedExpr> arguments = call.getArgumentList();
            String name = call.getFunction().getName();
            if (arguments.size() == 2 && arguments.getFirst() instanceof ResolvedLiteral && TURNED.containsKey(name)) {
                name = TURNED.get(name);
                arguments = arguments.reversed();
            }
            ResolvedExpr first = arguments.isEmpty() ? null : arguments.getFirst();
            ResolvedExpr truncated = first == null ? null : truncatedToMonth(first);
            ResolvedColumnRef column = first == null ? null : columnOf(truncated == null ? first : truncated);
            Bounds bounds = column == null ? null : compared(name, arguments.subList(1, arguments.size()));
            if (bounds != null && truncated != null) bounds = bounds.wholeMonths();
            if (bounds != null) found.merge(column.getColumn().getId(), bounds, Bounds::and);
        }
        return found;
    }

    /** The column of an expression that BigQuery prunes by: it itself or its date. Any other function hides the partitions: null. */
    static ResolvedColumnRef columnOf(ResolvedExpr expression) {
        if (expression instanceof ResolvedColumnRef reference) return reference;
        if (expression instanceof ResolvedCast cast) return columnOf(cast.getExpr());
        boolean isDate = expression instanceof ResolvedFunctionCall call
            && call.getFunction().getName().equals("date")
            && call.getArgumentList().size() == 1;
        return isDate ? columnOf(((ResolvedFunctionCall) expression).getArgumentList().getFirst()) : null;
    }

    /** What is truncated to its month, as a partition by month is written; null for any other expression. */
    private static ResolvedExpr truncatedToMonth(ResolvedExpr expression) {
        boolean isMonth = expression instanceof ResolvedFunctionCall call
            && Set.of("date_trunc", "datetime_trunc").contains(call.getFunction().getName())
            && call.getArgumentList().getLast() instanceof ResolvedLiteral part
            && part.getValue().toString().contains("MONTH");
        return isMonth ? ((ResolvedFunctionCall) expression).getArgumentList().getFirst() : null;
    }

    /** Every day of the months whose first days a list names; null where it is no list. */
    private Bounds wholeMonths() {
        if (days == null) return null;
        TreeSet<LocalDate> all = new TreeSet<>();
        for (LocalDate day : days) day.datesUntil(day.plusMonths(1)).forEach(all::add);
        return new Bounds(all.first(), all.last(), all);
    }

    /** What two conditions leave together. */
    Bounds and(Bounds other) {
        LocalDate first = from == null || other.from != null && other.from.isAfter(from) ? other.from : from;
        LocalDate last = to == null || other.to != null && other.to.isBefore(to) ? other.to : to;
        if (days == null && other.days == null) return new Bounds(first, last, null);
        TreeSet<LocalDate> both = new TreeSet<>(days == null ? other.days : days);
        if (days != null && other.days != null) both.retainAll(other.days);
        both.removeIf(day -> first != null && day.isBefore(first) || last != null && day.isAfter(last));
        return new Bounds(first, last, both);
    }

    /** What one or the other of two conditions leaves. */
    Bounds or(Bounds other) {
        LocalDate first = from == null || other.from == null ? null : from.isBefore(other.from) ? from : other.from;
        LocalDate last = to == null || other.to == null ? null : to.isAfter(other.to) ? to : other.to;
        if (days == null || other.days == null) return new Bounds(first, last, null);
        TreeSet<LocalDate> either = new TreeSet<>(days);
        either.addAll(other.days);
        return new Bounds(first, last, either);
    }

    /** What is known of columns by two sources, both true. */
    static Map<Long, Bounds> together(Map<Long, Bounds> some, Map<Long, Bounds> others) {
        Map<Long, Bounds> all = new HashMap<>(some);
        others.forEach((id, bounds) -> all.merge(id, bounds, Bounds::and));
        return all;
    }

    /** What is known of computed columns, told of the columns that they are or whose dates they are. */
    static Map<Long, Bounds> throughColumns(List<ResolvedComputedColumn> computed, Map<Long, Bounds> known) {
        Map<Long, Bounds> inside = new HashMap<>(known);
        for (ResolvedComputedColumn column : computed) {
            Bounds bounds = known.get(column.getColumn().getId());
            ResolvedColumnRef source = bounds == null ? null : columnOf(column.getExpr());
            if (source != null) inside.merge(source.getColumn().getId(), bounds, Bounds::and);
        }
        return inside;
    }

    private static List<ResolvedFunctionCall> conjuncts(ResolvedExpr condition) {
        if (!(condition instanceof ResolvedFunctionCall call)) return List.of();
        if (!call.getFunction().getName().equals("$and")) return List.of(call);
        return call.getArgumentList().stream().flatMap(part -> conjuncts(part).stream()).toList();
    }

    private static Bounds compared(String function, List<ResolvedExpr> others) {
        if (!others.stream().allMatch(Bounds::isDay)) return null;
        return switch (function) {
            case "$equal", "$in" -> {
                TreeSet<LocalDate> days = others.stream().map(Bounds::dayOf).collect(Collectors.toCollection(TreeSet::new));
                yield new Bounds(days.first(), days.last(), days);
            }
            case "$between" -> new Bounds(dayOf(others.getFirst()), dayOf(others.getLast()), null);
            case "$greater_or_equal" -> new Bounds(dayOf(others.getFirst()), null, null);
            case "$greater" -> new Bounds(dayOf(others.getFirst()).plusDays(isDate(others.getFirst()) ? 1 : 0), null, null);
            case "$less_or_equal" -> new Bounds(null, dayOf(others.getFirst()), null);
            case "$less" -> new Bounds(null, lastBefore(others.getFirst()), null);
            default -> null;
        };
    }

    private static boolean isDay(ResolvedExpr expression) {
        if (expression instanceof ResolvedCast cast) return isDay(cast.getExpr());
        return expression instanceof ResolvedLiteral literal
            && !literal.getValue().isNull()
            && Set.of("TYPE_DATE", "TYPE_DATETIME").contains(literal.getType().getKind().name());
    }

    private static Value valueOf(ResolvedExpr expression) {
        return expression instanceof ResolvedCast cast ? valueOf(cast.getExpr()) : ((ResolvedLiteral) expression).getValue();
    }

    private static boolean isDate(ResolvedExpr expression) {
        return valueOf(expression).getType().isDate();
    }

    private static LocalDate dayOf(ResolvedExpr expression) {
        return isDate(expression) ? valueOf(expression).getLocalDateValue() : valueOf(expression).getLocalDateTimeValue().toLocalDate();
    }

    /** The last day with a time before a constant. */
    private static LocalDate lastBefore(ResolvedExpr expression) {
        if (isDate(expression)) return dayOf(expression).minusDays(1);
        LocalDateTime end = valueOf(expression).getLocalDateTimeValue();
        return end.minusNanos(1).toLocalDate();
    }
}
