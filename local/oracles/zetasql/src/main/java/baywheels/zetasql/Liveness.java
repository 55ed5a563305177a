package baywheels.zetasql;

import com.google.zetasql.resolvedast.ResolvedColumn;
import com.google.zetasql.resolvedast.ResolvedNode;
import com.google.zetasql.resolvedast.ResolvedNodes;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedAggregateScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedColumnRef;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedComputedColumn;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedSetOperationItem;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedSetOperationScan;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedSubqueryExpr;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedWithEntry;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedWithRefScan;
import com.google.zetasql.resolvedast.ResolvedSubqueryExprEnums.SubqueryType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Finds the columns that a query needs for what it gives: a star hands on many that nobody asks for. ZetaSQL's own pruning keeps all columns
 * of a WITH entry.
 */
final class Liveness extends ResolvedNodes.Visitor {
    /** Columns that one is made of. */
    private final Map<Long, Set<Long>> parts = new HashMap<>();
    private final Map<String, ResolvedScan> entries = new HashMap<>();
    private final Set<Long> needed = new HashSet<>();
    private Set<Long> sink = needed;

    /** Ids of all columns that a query or statement needs in order to give the wanted ones. */
    static Set<Long> of(ResolvedNode query, Collection<ResolvedColumn> wanted) {
        Liveness liveness = new Liveness();
        wanted.forEach(column -> liveness.needed.add(column.getId()));
        query.accept(liveness);
        Set<Long> live = new HashSet<>();
        Deque<Long> open = new ArrayDeque<>(liveness.needed);
        while (!open.isEmpty()) {
            Long id = open.pop();
            if (live.add(id)) open.addAll(liveness.parts.getOrDefault(id, Set.of()));
        }
        return live;
    }

    @Override
    public void visit(ResolvedColumnRef reference) {
        sink.add(reference.getColumn().getId());
    }

    @Override
    public void visit(ResolvedComputedColumn computed) {
        Set<Long> outer = sink;
        sink = partsOf(computed.getColumn());
        super.visit(computed);
        sink = outer;
    }

    @Override
    public void visit(ResolvedAggregateScan aggregate) {
        // rows are told apart by every one of these, also by those that nobody asks for
        aggregate.getGroupByList().forEach(grouping -> grouping.getExpr().accept(this));
        super.visit(aggregate);
    }

    @Override
    public void visit(ResolvedSetOperationScan operation) {
        boolean comparesRows = !operation.getOpType().name().equals("UNION_ALL");
        for (ResolvedSetOperationItem item : operation.getInputItemList()) {
            link(operation.getColumnList(), item.getOutputColumnList());
            if (comparesRows) item.getOutputColumnList().forEach(column -> sink.add(column.getId()));
        }
        super.visit(operation);
    }

    @Override
    public void visit(ResolvedWithEntry entry) {
        entries.put(entry.getWithQueryName(), entry.getWithSubquery());
        super.visit(entry);
    }

    @Override
    public void visit(ResolvedWithRefScan reference) {
        ResolvedScan entry = entries.get(reference.getWithQueryName());
        if (entry != null) link(reference.getColumnList(), entry.getColumnList());
    }

    @Override
    public void visit(ResolvedSubqueryExpr subquery) {
        if (subquery.getSubqueryType() != SubqueryType.EXISTS)
            subquery.getSubquery().getColumnList().forEach(column -> sink.add(column.getId()));
        super.visit(subquery);
    }

    private Set<Long> partsOf(ResolvedColumn column) {
        return parts.computeIfAbsent(column.getId(), id -> new HashSet<>());
    }

    private void link(List<ResolvedColumn> columns, List<ResolvedColumn> sources) {
        List<ResolvedColumn> from = new ArrayList<>(sources);
        for (int i = 0; i < columns.size(); i++) partsOf(columns.get(i)).add(from.get(i).getId());
    }
}
