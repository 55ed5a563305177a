package baywheels.zetasql;

import java.util.List;
import java.util.TreeSet;

/**
 * A table that a statement reads; in a script, the one at `line`. `changed`: the statement may change or delete rows of it, which takes
 * all columns, beside the scan of those that it names.
 */
record Scan(String table, TreeSet<String> columns, Partitions partitions, boolean changed, int line) {
    /** Of a partitioned table: its column, day or month, and the days that constants leave; null: everything is read. */
    record Partitions(String column, String granularity, Days bounds) {}

    /** Both ends included; `days` when a list names them. */
    record Days(String from, String to, List<String> days) {}

    /** @param partitioning null: the table has none */
    static Scan of(String table, TreeSet<String> columns, Rules.Partitioning partitioning, Bounds bounds, boolean changed, int line) {
        if (partitioning == null) return new Scan(table, columns, null, changed, line);
        List<String> listed = bounds == null || bounds.days() == null ? null : bounds.days().stream().map(String::valueOf).toList();
        Days days = bounds == null || !bounds.isClosed() ? null : new Days(bounds.from().toString(), bounds.to().toString(), listed);
        return new Scan(table, columns, new Partitions(partitioning.column(), partitioning.granularity(), days), changed, line);
    }
}
