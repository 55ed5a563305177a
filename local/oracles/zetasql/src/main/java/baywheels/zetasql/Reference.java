package baywheels.zetasql;

import static java.time.format.DateTimeFormatter.ISO_LOCAL_DATE_TIME;

import com.google.zetasql.AnalyzerOptions;
import com.google.zetasql.PreparedQuery;
import com.google.zetasql.SimpleCatalog;
import com.google.zetasql.SimpleColumn;
import com.google.zetasql.SimpleTable;
import com.google.zetasql.SqlException;
import com.google.zetasql.TableContent;
import com.google.zetasql.Value;
import com.google.zetasql.ZetaSQLBuiltinFunctionOptions;
import com.google.zetasql.ZetaSQLOptions.ProductMode;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs queries by ZetaSQL's reference implementation. Geography is not among what it executes. */
final class Reference {
    private Reference() {}

    /** A table whose rows a query makes. */
    record Source(String name, String sql) {}

    /** A query over no other tables than the given ones. */
    record Query(String sql, List<Source> tables) {}

    /** Types and rows, values written as BigQuery's REST API writes them; or an error. */
    record Rows(List<String> types, List<List<Object>> rows, String error) {}

    static Rows evaluate(Query query) {
        AnalyzerOptions options = Analysis.options();
        SimpleCatalog catalog = new SimpleCatalog("tables");
        catalog.addZetaSQLFunctionsAndTypes(new ZetaSQLBuiltinFunctionOptions(options.getLanguageOptions()));
        Map<String, TableContent> contents = new HashMap<>();
        try {
            for (Source source : query.tables() == null ? List.<Source>of() : query.tables()) {
                try (PreparedQuery rows = prepare(source.sql(), options, catalog, Map.of())) {
                    SimpleTable table = new SimpleTable(source.name());
                    for (SimpleColumn column : rows.getColumns()) table.addSimpleColumn(column.getName(), column.getType());
                    contents.put(source.name(), rows.execute(Map.of()));
                    catalog.addSimpleTable(table);
                }
            }
            try (PreparedQuery prepared = prepare(query.sql(), options, catalog, contents)) {
                List<String> types = prepared.getColumns().stream().map(column -> column.getType().typeName(ProductMode.PRODUCT_EXTERNAL)).toList();
                List<List<Object>> rows = new ArrayList<>();
                for (List<Value> row : prepared.execute(Map.of()).getTableData()) {
                    List<Object> cells = new ArrayList<>();
                    for (Value value : row) cells.add(cell(value));
                    rows.add(cells);
                }
                return new Rows(types, rows, null);
            }
        } catch (SqlException refused) {
            return new Rows(null, null, refused.getMessage());
        }
    }

    private static PreparedQuery prepare(String sql, AnalyzerOptions options, SimpleCatalog catalog, Map<String, TableContent> contents) {
        return PreparedQuery.builder().setSql(sql).setAnalyzerOptions(options).setCatalog(catalog).setTablesContents(contents).prepare();
    }

    /** https://cloud.google.com/bigquery/docs/reference/rest/v2/jobs/getQueryResults; a TIMESTAMP is microseconds, a FLOAT64 a number. */
    private static Object cell(Value value) {
        if (value.isNull()) return null;
        return switch (value.getType().getKind()) {
            case TYPE_ARRAY -> value.getElementList().stream().map(Reference::cell).toList();
            case TYPE_BOOL -> String.valueOf(value.getBoolValue());
            case TYPE_INT64 -> String.valueOf(value.getInt64Value());
            case TYPE_DOUBLE -> String.valueOf(value.getDoubleValue());
            case TYPE_STRING -> value.getStringValue();
            case TYPE_BYTES -> Base64.getEncoder().encodeToString(value.getBytesValue().toByteArray());
            case TYPE_DATE -> value.getLocalDateValue().toString();
            case TYPE_DATETIME -> ISO_LOCAL_DATE_TIME.format(value.getLocalDateTimeValue());
            case TYPE_TIMESTAMP -> String.valueOf(value.getTimestampUnixMicros());
            default -> throw new IllegalArgumentException("no cell is known for type " + value.getType());
        };
    }
}
