package baywheels.zetasql;

import com.google.zetasql.Table;
import com.google.zetasql.Type;
import com.google.zetasql.ZetaSQLOptions.ProductMode;
import com.google.zetasql.resolvedast.ResolvedMergeWhenEnums.MatchType;
import com.google.zetasql.resolvedast.ResolvedNodes;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedColumnRef;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCreateTableAsSelectStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCreateTableStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedDeleteStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedExpr;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedFunctionCall;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedLiteral;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedMergeStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedMergeWhen;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedStatement;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedTableScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedUpdateStmt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
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

    /** How a table is partitioned: by days of a column, or by months and the like. */
    record Partitioning(String column, String granularity) {}

    private final Map<String, Partitioning> partitions = new HashMap<>();

    /** How a table is partitioned; null: not at all. */
    Partitioning partitioningOf(Table table) {
        return partitions.get(table.getFullName());
    }

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
                if (!Bounds.isNever(merge.getMergeExpr())) filter(merge.getTableScan(), merge.getMergeExpr(), "on", wrong);
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
            columns.forEach(column -> partitions.put(table, new Partitioning(column, granularityOf(expression))));
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

    private static String granularityOf(ResolvedExpr expression) {
        if (!(expression instanceof ResolvedFunctionCall call) || call.getArgumentList().size() < 2) return "day";
        return call.getArgumentList().getLast() instanceof ResolvedLiteral part && part.getType().isEnum()
            ? part.getValue().getEnumName().toLowerCase(Locale.ROOT)
            : "range";
    }

    /** A change of a partitioned table names its days by constants: BigQuery reads every partition otherwise. */
    private void filter(ResolvedTableScan scan, ResolvedExpr condition, String clause, List<String> wrong) {
        Partitioning partitioning = partitioningOf(scan.getTable());
        if (partitioning == null) return;
        Map<Long, Bounds> found = Bounds.of(condition);
        String name = partitioning.column();
        boolean closed = scan.getColumnList().stream()
            .anyMatch(column -> column.getName().equalsIgnoreCase(name) && found.containsKey(column.getId()) && found.get(column.getId()).isClosed());
        if (!closed)
            wrong.add("`" + clause + "` has no constant bounds on " + scan.getTable().getFullName() + "." + name + ": all partitions would be read");
    }

    private static Set<String> columnNames(ResolvedExpr expression) {
        Set<String> names = new HashSet<>();
        expression.accept(new ResolvedNodes.Visitor() {
            @Override
            public void visit(ResolvedColumnRef reference) {
                names.add(reference.getColumn().getName());
            }
        });
        return names;
    }

    private static String typeName(Type type) {
        return type.typeName(ProductMode.PRODUCT_EXTERNAL);
    }
}
