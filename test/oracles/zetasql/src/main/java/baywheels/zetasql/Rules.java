package baywheels.zetasql;

import com.google.zetasql.Table;
import com.google.zetasql.Type;
import com.google.zetasql.ZetaSQLOptions.ProductMode;
import com.google.zetasql.resolvedast.ResolvedColumn;
import com.google.zetasql.resolvedast.ResolvedMergeWhenEnums.MatchType;
import com.google.zetasql.resolvedast.ResolvedNodes;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCast;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedColumnRef;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCreateTableAsSelectStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCreateTableStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedDeleteStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedExpr;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedFunctionCall;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedMergeStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedMergeWhen;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedStatement;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedSubqueryExpr;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedTableScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedUpdateStmt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What BigQuery refuses although ZetaSQL lets it pass, and what it would read a whole table for. Sources: the pages CREATE TABLE
 * (`partition_expression`, `clustering_column_list`) and "Query partitioned tables" of https://cloud.google.com/bigquery/docs.
 */
final class Rules {
    /** Types that a table can be clustered by. */
    private static final Set<String> CLUSTERING =
        Set.of("BIGNUMERIC", "BOOL", "DATE", "DATETIME", "GEOGRAPHY", "INT64", "NUMERIC", "STRING", "TIMESTAMP");

    private static final Set<String> WHOLE_BOUNDS = Set.of("$equal", "$in", "$in_array", "$between");
    private static final Set<String> LOWER_OR_UPPER = Set.of("$greater", "$greater_or_equal", "$less", "$less_or_equal");

    /** Partitioning column of each partitioned table. */
    private final Map<String, String> partitions = new HashMap<>();

    /** What is wrong with a statement, one sentence each; takes notice of the tables that it makes. */
    List<String> check(ResolvedStatement statement) {
        List<String> wrong = new ArrayList<>();
        switch (statement) {
            case ResolvedCreateTableStmt create ->
                layout(create.getNamePath(), create.getPartitionByList(), create.getClusterByList(), wrong);
            case ResolvedCreateTableAsSelectStmt create ->
                layout(create.getNamePath(), create.getPartitionByList(), create.getClusterByList(), wrong);
            case ResolvedDeleteStmt delete -> filter(delete.getTableScan(), delete.getWhereExpr(), "where", wrong);
            case ResolvedUpdateStmt update -> filter(update.getTableScan(), update.getWhereExpr(), "where", wrong);
            case ResolvedMergeStmt merge -> {
                filter(merge.getTableScan(), merge.getMergeExpr(), "on", wrong);
                for (ResolvedMergeWhen when : merge.getWhenClauseList())
                    if (when.getMatchType() == MatchType.NOT_MATCHED_BY_SOURCE)
                        filter(merge.getTableScan(), when.getMatchExpr(), "when not matched by source and", wrong);
            }
            default -> { }
        }
        return wrong;
    }

    private void layout(List<String> path, List<ResolvedExpr> partitionBy, List<ResolvedExpr> clusterBy, List<String> wrong) {
        String table = String.join(".", path);
        partitions.remove(table);
        for (ResolvedExpr expression : partitionBy) {
            Set<String> columns = columnNames(expression);
            if (!canPartition(expression)) wrong.add(table + " cannot be partitioned by " + typeName(expression.getType()) + " of " + columns);
            columns.forEach(column -> partitions.put(table, column));
        }
        for (ResolvedExpr expression : clusterBy)
            if (!CLUSTERING.contains(typeName(expression.getType())))
                wrong.add(table + " cannot be clustered by " + typeName(expression.getType()) + " of " + columnNames(expression));
        if (clusterBy.size() > 4) wrong.add(table + " is clustered by " + clusterBy.size() + " columns: 4 at most");
    }

    /** A DATE column, DATE of another one, a truncated one, or a range bucket. */
    private static boolean canPartition(ResolvedExpr expression) {
        if (expression instanceof ResolvedColumnRef) return typeName(expression.getType()).equals("DATE");
        return expression instanceof ResolvedFunctionCall call
            && Set.of("date", "date_trunc", "datetime_trunc", "timestamp_trunc", "range_bucket").contains(call.getFunction().getName())
            && call.getArgumentList().stream().anyMatch(ResolvedColumnRef.class::isInstance);
    }

    /** A change of a partitioned table names its days by constants: BigQuery reads every partition otherwise. */
    private void filter(ResolvedTableScan scan, ResolvedExpr condition, String clause, List<String> wrong) {
        Table table = scan.getTable();
        String partition = partitions.get(table.getFullName());
        if (partition == null) return;
        Set<Long> ids = new HashSet<>();
        for (ResolvedColumn column : scan.getColumnList()) if (column.getName().equalsIgnoreCase(partition)) ids.add(column.getId());
        boolean lower = false;
        boolean upper = false;
        for (ResolvedFunctionCall bound : conjuncts(condition)) {
            if (!isBound(bound, ids)) continue;
            String name = bound.getFunction().getName();
            // a constant on the left turns the comparison around: one of each is needed either way
            lower |= WHOLE_BOUNDS.contains(name) || name.startsWith("$greater");
            upper |= WHOLE_BOUNDS.contains(name) || name.startsWith("$less");
        }
        if (!lower || !upper)
            wrong.add("`" + clause + "` has no constant bounds on " + table.getFullName() + "." + partition + ": all partitions would be read");
    }

    private static List<ResolvedFunctionCall> conjuncts(ResolvedExpr condition) {
        if (!(condition instanceof ResolvedFunctionCall call)) return List.of();
        if (!call.getFunction().getName().equals("$and")) return List.of(call);
        return call.getArgumentList().stream().flatMap(part -> conjuncts(part).stream()).toList();
    }

    /** One side is the partitioning column and no other, the rest are constants. */
    private static boolean isBound(ResolvedFunctionCall call, Set<Long> partition) {
        String name = call.getFunction().getName();
        if (!WHOLE_BOUNDS.contains(name) && !LOWER_OR_UPPER.contains(name)) return false;
        int columns = 0;
        for (ResolvedExpr argument : call.getArgumentList()) {
            Columns found = Columns.of(argument);
            if (found.subquery) return false;
            if (found.ids.isEmpty()) continue;
            if (!partition.containsAll(found.ids) || !isColumnOrItsDate(argument)) return false;
            columns++;
        }
        return columns == 1;
    }

    /** What BigQuery prunes by: any other function of the column hides its partitions. */
    private static boolean isColumnOrItsDate(ResolvedExpr expression) {
        if (expression instanceof ResolvedColumnRef) return true;
        if (expression instanceof ResolvedCast cast) return isColumnOrItsDate(cast.getExpr());
        return expression instanceof ResolvedFunctionCall call
            && call.getFunction().getName().equals("date")
            && call.getArgumentList().size() == 1
            && isColumnOrItsDate(call.getArgumentList().getFirst());
    }

    private static Set<String> columnNames(ResolvedExpr expression) {
        return Columns.of(expression).names;
    }

    private static String typeName(Type type) {
        return type.typeName(ProductMode.PRODUCT_EXTERNAL);
    }

    /** The columns that an expression reads. */
    private static final class Columns extends ResolvedNodes.Visitor {
        final Set<Long> ids = new HashSet<>();
        final Set<String> names = new HashSet<>();
        boolean subquery;

        static Columns of(ResolvedExpr expression) {
            Columns columns = new Columns();
            expression.accept(columns);
            return columns;
        }

        @Override
        public void visit(ResolvedColumnRef reference) {
            ids.add(reference.getColumn().getId());
            names.add(reference.getColumn().getName());
        }

        @Override
        public void visit(ResolvedSubqueryExpr query) {
            subquery = true;
        }
    }
}
