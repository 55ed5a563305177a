package baywheels.zetasql;

import static com.google.zetasql.ZetaSQLOptions.LanguageFeature.FEATURE_TIMESTAMP_NANOS;
import static java.util.stream.Collectors.toSet;

import com.google.zetasql.AnalyzerOptions;
import com.google.zetasql.LanguageOptions;
import com.google.zetasql.ZetaSQLOptions.ErrorMessageMode;
import com.google.zetasql.ZetaSQLOptionsProto.LanguageOptionsProto;
import com.google.zetasql.toolkit.AnalysisException;
import com.google.zetasql.toolkit.AnalyzedStatement;
import com.google.zetasql.toolkit.ZetaSQLToolkitAnalyzer;
import com.google.zetasql.toolkit.catalog.bigquery.BigQueryCatalog;
import com.google.zetasql.toolkit.catalog.exceptions.CatalogException;
import com.google.zetasql.toolkit.catalog.io.CatalogResources;
import com.google.zetasql.toolkit.options.BigQueryLanguageOptions;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Analyzes statements as BigQuery's own analyzer does, and by the rules of {@link Rules}, against a catalog that their DDL builds. */
final class Analysis {
    /** SQL of one job, a script maybe, under any name. */
    record Statement(String name, String sql) {}

    /** Why BigQuery would refuse a statement, or read too much for it. Lines count from 1. */
    record Finding(String message, Integer line) {}

    /** What came of a statement: findings, what it uses, as {@link Usage} writes it, and which tables it reads. */
    record Result(String name, List<Finding> findings, TreeSet<String> uses, List<Scan> scans) {}

    private static final Pattern LOCATION = Pattern.compile(" \\[at (\\d+):\\d+\\]");

    /** A table's name in three parts, as dbt writes it: the toolkit puts the parts together where a table is read, not where it is changed. */
    private static final Pattern PATH = Pattern.compile("`([\\w-]+)`\\.`(\\w+)`\\.`(\\w+)`");

    /** ZetaSQL's Java client cannot read a GEOGRAPHY literal; dbt writes one to learn the types of a contract. */
    private static final Pattern NULL_GEOGRAPHY = Pattern.compile("cast\\(null as geography\\)", Pattern.CASE_INSENSITIVE);

    private final BigQueryCatalog catalog;
    private final ZetaSQLToolkitAnalyzer analyzer = new ZetaSQLToolkitAnalyzer(options());
    private final Rules rules = new Rules();
    private final Map<String, Scans.View> views = new HashMap<>();

    /** @param project the project of names without one */
    Analysis(String project) {
        catalog = BigQueryCatalog.usingResources(project, CatalogResources.fromJson("{}"));
    }

    static AnalyzerOptions options() {
        LanguageOptionsProto bigQuery = BigQueryLanguageOptions.get().serialize();
        LanguageOptions language = new LanguageOptions(bigQuery);
        // BigQuery's times have microseconds
        language.setEnabledLanguageFeatures(
            bigQuery.getEnabledLanguageFeaturesList().stream().filter(feature -> feature != FEATURE_TIMESTAMP_NANOS).collect(toSet())
        );
        AnalyzerOptions options = new AnalyzerOptions();
        options.setDefaultTimezone("UTC");
        options.setLanguageOptions(language);
        options.setErrorMessageMode(ErrorMessageMode.ERROR_MESSAGE_ONE_LINE);
        // a cast to the type that a value has is a cast as well
        options.setPreserveUnnecessaryCast(true);
        return options;
    }

    List<Result> analyze(List<Statement> statements) {
        return statements.stream().map(this::analyze).toList();
    }

    private Result analyze(Statement statement) {
        Result result = new Result(statement.name(), new ArrayList<>(), new TreeSet<>(), new ArrayList<>());
        // blanks behind the last statement would be taken for one more
        String dotted = PATH.matcher(statement.sql().stripTrailing()).replaceAll("`$1.$2.$3`");
        String sql = NULL_GEOGRAPHY.matcher(dotted).replaceAll("st_geogfromtext(cast(null as string))");
        try {
            Iterator<AnalyzedStatement> parts = analyzer.analyzeStatements(sql, catalog, true);
            while (parts.hasNext()) {
                AnalyzedStatement part = parts.next();
                int line = lineOf(sql, part.getParsedStatement().getParseLocationRange().start());
                if (part.getResolvedStatement().isEmpty())
                    result.findings().add(new Finding("a part of the script that cannot be analyzed", line));
                part.getResolvedStatement().ifPresent(resolved -> {
                    resolved.accept(new Usage(result.uses()));
                    rules.check(resolved).forEach(message -> result.findings().add(new Finding(message, line)));
                    result.scans().addAll(Scans.of(resolved, line, rules, views));
                });
            }
        } catch (AnalysisException | CatalogException refused) {
            Matcher location = LOCATION.matcher(refused.getMessage());
            Integer line = location.find() ? Integer.valueOf(location.group(1)) : null;
            result.findings().add(new Finding(refused.getMessage(), line));
        }
        return result;
    }

    /** @param position in bytes of UTF-8, as ZetaSQL counts */
    private static int lineOf(String sql, int position) {
        byte[] bytes = sql.getBytes(StandardCharsets.UTF_8);
        int line = 1;
        for (int i = 0; i < position; i++) if (bytes[i] == '\n') line++;
        return line;
    }
}
