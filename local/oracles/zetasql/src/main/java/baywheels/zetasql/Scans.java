package baywheels.zetasql;

import com.google.zetasql.Column;
import com.google.zetasql.resolvedast.ResolvedColumn;
import com.google.zetasql.resolvedast.ResolvedJoinScanEnums.JoinType;
import com.google.zetasql.resolvedast.ResolvedMergeWhenEnums.ActionType;
import com.google.zetasql.resolvedast.ResolvedMergeWhenEnums.MatchType;
import com.google.zetasql.resolvedast.ResolvedNode;
import com.google.zetasql.resolvedast.ResolvedNodes;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedAggregateScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedAnalyticFunctionGroup;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedAnalyticScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedColumnRef;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCreateTableAsSelectStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCreateViewStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedDeleteStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedExpr;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedFilterScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedInsertStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedJoinScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedMergeStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedMergeWhen;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedOrderByScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedOutputColumn;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedProjectScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedQueryStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedSetOperationItem;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedSetOperationScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedStatement;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedTableScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedUpdateStmt;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedWithEntry;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedWithRefScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedWithScan;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Tells which tables a statement reads: the columns that it needs and, of a partitioned one, the days that constants leave. It follows a
 * condition down to the table as a planner pushes filters down, through views too, and stops wherever that would change the result.
 */
final class Scans extends ResolvedNodes.Visitor {
    /** A view that an earlier statement made. */
    record View(ResolvedScan query, List<ResolvedOutputColumn> columns) {}

    private final int line;
    private final Rules rules;
    private final Map<String, View> views;
    private final Set<Long> live;
    private final List<Scan> found;
    private final Map<String, ResolvedScan> entries = new HashMap<>();
    /** What the conditions on the way here leave of a column, by its id. */
    private Map<Long, Bounds> known = Map.of();

    private Scans(int line, Rules rules, Map<String, View> views, Set<Long> live, List<Scan> found) {
        this.line = line;
        this.rules = rules;
        this.views = views;
        this.live = live;
        this.found = found;
    }

    /** Scans of a statement, in no certain order; takes notice of a view that it makes, and of a table in place of a view. */
    static List<Scan> of(ResolvedStatement statement, int line, Rules rules, Map<String, View> views) {
        List<Scan> found = new ArrayList<>();
        if (statement instanceof ResolvedCreateViewStmt view) {
            views.put(String.join(".", view.getNamePath()), new View(view.getQuery(), view.getOutputColumnList()));
            return found;
        }
        Collection<ResolvedColumn> wanted = switch (statement) {
            case ResolvedQueryStmt query -> columnsOf(query.getOutputColumnList());
            case ResolvedCreateTableAsSelectStmt create -> {
                views.remove(String.join(".", create.getNamePath()));
                yield columnsOf(create.getOutputColumnList());
            }
            case ResolvedInsertStmt insert -> insert.getQueryOutputColumnList();
            default -> List.of();
        };
        statement.accept(new Scans(line, rules, views, Liveness.of(statement, wanted), found));
        return found;
    }

    private static List<ResolvedColumn> columnsOf(List<ResolvedOutputColumn> columns) {
        return columns.stream().map(ResolvedOutputColumn::getColumn).toList();
    }

    @Override
    public void visit(ResolvedInsertStmt insert) {
        if (insert.getQuery() != null) insert.getQuery().accept(this);
    }

    @Override
    public void visit(ResolvedDeleteStmt delete) {
        add(delete.getTableScan(), boundsOf(delete.getTableScan(), delete.getWhereExpr()), true);
        delete.getWhereExpr().accept(this);
    }

    @Override
    public void visit(ResolvedUpdateStmt update) {
        add(update.getTableScan(), boundsOf(update.getTableScan(), update.getWhereExpr()), true);
        update.getWhereExpr().accept(this);
        update.getUpdateItemList().forEach(item -> item.accept(this));
        if (update.getFromScan() != null) update.getFromScan().accept(this);
    }

    @Override
    public void visit(ResolvedMergeStmt merge) {
        ResolvedTableScan target = merge.getTableScan();
        Bounds bounds = Bounds.isNever(merge.getMergeExpr()) ? Bounds.NONE : boundsOf(target, merge.getMergeExpr());
        boolean changes = false;
        for (ResolvedMergeWhen when : merge.getWhenClauseList()) {
            changes |= when.getActionType() != ActionType.INSERT;
            if (when.getMatchType() != MatchType.NOT_MATCHED_BY_SOURCE || bounds == null) continue;
            Bounds unmatched = boundsOf(target, when.getMatchExpr());
            bounds = unmatched == null ? null : bounds.or(unmatched);
        }
        add(target, bounds, changes);
        merge.getFromScan().accept(this);
        merge.getMergeExpr().accept(this);
        merge.getWhenClauseList().forEach(when -> when.accept(this));
    }

    @Override
    public void visit(ResolvedTableScan scan) {
        View view = views.get(scan.getTable().getFullName());
        if (view == null) {
            add(scan, boundsOf(scan, null), false);
            return;
        }
        List<ResolvedColumn> wanted = new ArrayList<>();
        Map<Long, Bounds> inside = new HashMap<>();
        for (ResolvedColumn column : scan.getColumnList()) {
            for (ResolvedOutputColumn output : view.columns()) {
                if (!output.getName().equalsIgnoreCase(column.getName())) continue;
                if (live.contains(column.getId())) wanted.add(output.getColumn());
                if (known.containsKey(column.getId())) inside.put(output.getColumn().getId(), known.get(column.getId()));
            }
        }
        new Scans(line, rules, views, Liveness.of(view.query(), wanted), found).under(inside, view.query());
    }

    @Override
    public void visit(ResolvedFilterScan filter) {
        under(Bounds.together(known, Bounds.of(filter.getFilterExpr())), filter.getInputScan());
        filter.getFilterExpr().accept(this);
    }

    @Override
    public void visit(ResolvedProjectScan project) {
        under(Bounds.throughColumns(project.getExprList(), known), project.getInputScan());
        project.getExprList().forEach(computed -> computed.accept(this));
    }

    @Override
    public void visit(ResolvedJoinScan join) {
        Map<Long, Bounds> on = join.getJoinExpr() == null ? Map.of() : Bounds.of(join.getJoinExpr());
        // a side that is kept whole hears of the conditions above alone, the other one of those of the join alone
        JoinType type = join.getJoinType();
        Map<Long, Bounds> both = type == JoinType.INNER ? Bounds.together(known, on) : Map.of();
        under(type == JoinType.LEFT ? known : type == JoinType.RIGHT ? on : both, join.getLeftScan());
        under(type == JoinType.RIGHT ? known : type == JoinType.LEFT ? on : both, join.getRightScan());
        if (join.getJoinExpr() != null) join.getJoinExpr().accept(this);
    }

    @Override
    public void visit(ResolvedAggregateScan aggregate) {
        Map<Long, Bounds> grouped = aggregate.getGroupingSetList().isEmpty() ? Bounds.throughColumns(aggregate.getGroupByList(), known) : Map.of();
        under(grouped, aggregate.getInputScan());
        aggregate.getAggregateList().forEach(computed -> computed.accept(this));
    }

    @Override
    public void visit(ResolvedAnalyticScan analytic) {
        Map<Long, Bounds> kept = new HashMap<>(known);
        for (ResolvedAnalyticFunctionGroup group : analytic.getFunctionGroupList()) {
            List<ResolvedColumnRef> by = group.getPartitionBy() == null ? List.of() : group.getPartitionBy().getPartitionByList();
            kept.keySet().retainAll(by.stream().map(reference -> reference.getColumn().getId()).toList());
        }
        under(kept, analytic.getInputScan());
    }

    @Override
    public void visit(ResolvedOrderByScan order) {
        under(known, order.getInputScan());
    }

    @Override
    public void visit(ResolvedSetOperationScan operation) {
        for (ResolvedSetOperationItem item : operation.getInputItemList())
            under(renamed(operation.getColumnList(), item.getOutputColumnList()), item.getScan());
    }

    @Override
    public void visit(ResolvedWithScan with) {
        // an entry is read where it is named, with the conditions of that place
        for (ResolvedWithEntry entry : with.getWithEntryList()) entries.put(entry.getWithQueryName(), entry.getWithSubquery());
        with.getQuery().accept(this);
    }

    @Override
    public void visit(ResolvedWithRefScan reference) {
        ResolvedScan entry = entries.get(reference.getWithQueryName());
        if (entry != null) under(renamed(reference.getColumnList(), entry.getColumnList()), entry);
    }

    /** Any other scan lets no condition through. */
    @Override
    protected void defaultVisit(ResolvedNode node) {
        Map<Long, Bounds> outer = known;
        if (node instanceof ResolvedScan) known = Map.of();
        super.defaultVisit(node);
        known = outer;
    }

    private void under(Map<Long, Bounds> bounds, ResolvedScan scan) {
        Map<Long, Bounds> outer = known;
        known = bounds;
        scan.accept(this);
        known = outer;
    }

    private Map<Long, Bounds> renamed(List<ResolvedColumn> outside, List<ResolvedColumn> inside) {
        Map<Long, Bounds> all = new HashMap<>();
        for (int i = 0; i < outside.size(); i++)
            if (known.containsKey(outside.get(i).getId())) all.put(inside.get(i).getId(), known.get(outside.get(i).getId()));
        return all;
    }

    /** What a condition, and those on the way here, leave of a table's partitioning column; null when it is no partitioned table. */
    private Bounds boundsOf(ResolvedTableScan scan, ResolvedExpr condition) {
        Rules.Partitioning partitioning = rules.partitioningOf(scan.getTable());
        if (partitioning == null) return null;
        Map<Long, Bounds> all = condition == null ? known : Bounds.together(known, Bounds.of(condition));
        return scan.getColumnList().stream()
            .filter(column -> column.getName().equalsIgnoreCase(partitioning.column()) && all.containsKey(column.getId()))
            .map(column -> all.get(column.getId()))
            .findFirst().orElse(null);
    }

    private void add(ResolvedTableScan scan, Bounds bounds, boolean changed) {
        // what the statement itself reads of the table comes on top
        if (changed) add(scan, bounds, false);
        TreeSet<String> columns = new TreeSet<>();
        if (changed) for (Column column : scan.getTable().getColumnList()) columns.add(column.getName());
        else for (ResolvedColumn column : scan.getColumnList()) if (live.contains(column.getId())) columns.add(column.getName());
        found.add(Scan.of(scan.getTable().getFullName(), columns, rules.partitioningOf(scan.getTable()), bounds, changed, line));
    }
}
