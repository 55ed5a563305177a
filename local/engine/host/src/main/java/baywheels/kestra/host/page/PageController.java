package baywheels.kestra.host.page;

import static baywheels.kestra.host.page.Html.escape;
import static baywheels.kestra.host.page.Html.link;
import static baywheels.kestra.host.page.Html.page;
import static baywheels.kestra.host.page.Html.pre;
import static baywheels.kestra.host.page.Html.section;
import static baywheels.kestra.host.page.Html.table;

import io.kestra.core.models.Label;
import io.kestra.core.models.QueryFilter;
import io.kestra.core.models.executions.Execution;
import io.kestra.core.models.executions.LogEntry;
import io.kestra.core.models.executions.TaskRun;
import io.kestra.core.models.flows.State;
import io.kestra.core.models.triggers.Trigger;
import io.kestra.core.repositories.ExecutionRepositoryInterface;
import io.kestra.core.repositories.FlowRepositoryInterface;
import io.kestra.core.repositories.TriggerRepositoryInterface;
import io.kestra.core.services.ExecutionLogService;
import io.kestra.core.tenant.TenantService;
import io.kestra.core.utils.ListUtils;
import io.micronaut.context.annotation.Value;
import io.micronaut.data.model.Pageable;
import io.micronaut.data.model.Sort;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MediaType;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Produces;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;

/**
 * Read-only pages in place of the web interface, which isn't published as a library. {@code /ui/} is open and says how
 * to sign in; the pages below it need the user and password of the API.
 */
@Controller
@ExecuteOn(TaskExecutors.IO)
final class PageController {
    private static final int SHOWN_EXECUTIONS = 30;
    private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss 'UTC'").withZone(ZoneOffset.UTC);

    /** What {@code ./bay report} writes by default, below the folder that the server runs in. */
    private static final Path REPORT = Path.of(".local", "report.html");

    private final ExecutionRepositoryInterface executions;
    private final FlowRepositoryInterface flows;
    private final TriggerRepositoryInterface triggers;
    private final ExecutionLogService logs;
    private final String username;

    PageController(
        ExecutionRepositoryInterface executions,
        FlowRepositoryInterface flows,
        TriggerRepositoryInterface triggers,
        ExecutionLogService logs,
        @Value("${kestra.server.basic-auth.username}") String username) {
        this.executions = executions;
        this.flows = flows;
        this.triggers = triggers;
        this.logs = logs;
        this.username = username;
    }

    @Get
    HttpResponse<?> root() {
        return HttpResponse.temporaryRedirect(URI.create("/ui/"));
    }

    @Get("/ping")
    String ping() {
        return "pong";
    }

    /** Links of Kestra's own web interface: those of an execution lead to its page, all others to the first one. */
    @Get("/ui/main/{path:.*}")
    HttpResponse<?> kestraLink(String path) {
        String[] parts = path.split("/");
        boolean isExecution = parts.length >= 4 && parts[0].equals("executions") && parts[3].matches("\\w+");
        return isExecution ? HttpResponse.temporaryRedirect(URI.create("/ui/executions/" + parts[3])) : root();
    }

    @Get("/ui")
    @Produces(MediaType.TEXT_HTML)
    HttpResponse<String> welcome() {
        return html("Kestra on this machine", """
            <p>This is the local Kestra of the Bay Wheels platform. Its pages are read-only; use the commands below to change things.</p>
            <p><a href="/ui/executions">Sign in</a> as
            """ + escape(username) + ". This command prints the password:</p>\n" + pre("./bay password") + commands());
    }

    @Get("/ui/executions")
    @Produces(MediaType.TEXT_HTML)
    HttpResponse<String> home() {
        Pageable newest = Pageable.from(1, SHOWN_EXECUTIONS, Sort.of(Sort.Order.desc(executions.sortMapping().apply("state.startDate"))));
        List<List<String>> rows = executions.find(newest, TenantService.MAIN_TENANT, List.<QueryFilter>of()).stream()
            .map(PageController::executionRow)
            .toList();
        String report = Files.exists(REPORT)
            ? "<p>" + link("/ui/report", "The report of the loaded months") + "</p>\n"
            : "<p>There is no report yet. This command writes it:</p>\n" + pre("./bay report");
        return html(
            "Executions",
            table(List.of("Execution", "Flow", "Month", "State", "Started", "Took"), rows)
                + section("Report", report)
                + section("Schedule", table(List.of("Flow", "Trigger", "Next run"), triggerRows()))
                + section("Flows", table(List.of("Flow", "Description"), flowRows()))
                + section("Commands", commands()));
    }

    @Get("/ui/executions/{id}")
    @Produces(MediaType.TEXT_HTML)
    HttpResponse<String> execution(String id) {
        Optional<Execution> found = executions.findById(TenantService.MAIN_TENANT, id);
        if (found.isEmpty()) return html("No such execution", "<p>" + link("/ui/executions", "All executions") + "</p>");
        Execution execution = found.get();
        List<List<String>> tasks = ListUtils.emptyOnNull(execution.getTaskRunList()).stream().map(PageController::taskRow).toList();
        StringBuilder log = new StringBuilder();
        for (LogEntry line : logs.getExecutionLogs(TenantService.MAIN_TENANT, id, null, null, null, null, true)) {
            String task = line.getTaskId() == null ? "" : " " + line.getTaskId() + ":";
            log.append(TIME.format(line.getTimestamp())).append(" ").append(line.getLevel()).append(task).append(" ").append(line.getMessage()).append("\n");
        }
        return html(
            "Execution " + id,
            "<p>" + link("/ui/executions", "All executions") + "</p>\n"
                + table(List.of("Execution", "Flow", "Month", "State", "Started", "Took"), List.of(executionRow(execution)))
                + section("Tasks", table(List.of("Task", "State", "Started", "Took"), tasks))
                + section("Log", pre(log)));
    }

    @Get("/ui/flows/{namespace}/{id}")
    @Produces(MediaType.TEXT_HTML)
    HttpResponse<String> flow(String namespace, String id) {
        return flows.findByIdWithSource(TenantService.MAIN_TENANT, namespace, id)
            .map(flow -> html(
                "Flow " + id,
                "<p>" + link("/ui/executions", "All executions") + "</p>\n<p>Revision " + flow.getRevision() + "</p>\n" + pre(flow.getSource())))
            .orElseGet(() -> html("No such flow", "<p>" + link("/ui/executions", "All flows") + "</p>"));
    }

    @Get("/ui/report")
    @Produces(MediaType.TEXT_HTML)
    HttpResponse<String> report() throws IOException {
        return Files.exists(REPORT) ? ok(Files.readString(REPORT)) : html("No report yet", pre("./bay report"));
    }

    private static HttpResponse<String> html(String title, String content) {
        return ok(page(title, content));
    }

    /** A page without scripts, which no other page may frame. */
    private static HttpResponse<String> ok(String html) {
        return HttpResponse.ok(html)
            .header("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'")
            .header("Cache-Control", "no-store");
    }

    private static String commands() {
        return pre("""
            ./bay status           # what runs, what is loaded, what there is to do
            ./bay load 2025-03     # load a month and build the models
            ./bay backfill --from 2025-01 --to 2025-06
            ./bay logs --failed    # the log of the newest failed execution
            ./bay report --open    # the report of the loaded months
            ./bay destroy          # stop the services and delete all data""");
    }

    private static List<String> executionRow(Execution execution) {
        String month = ListUtils.emptyOnNull(execution.getLabels()).stream()
            .filter(label -> label.key().equals("month"))
            .map(Label::value)
            .findFirst()
            .orElse("");
        return List.of(
            link("/ui/executions/" + execution.getId(), execution.getId()),
            link("/ui/flows/" + execution.getNamespace() + "/" + execution.getFlowId(), execution.getFlowId()),
            escape(month),
            escape(execution.getState().getCurrent()),
            time(execution.getState().getStartDate()),
            took(execution.getState()));
    }

    private static List<String> taskRow(TaskRun run) {
        return List.of(
            escape(run.getTaskId()), escape(run.getState().getCurrent()), time(run.getState().getStartDate()), took(run.getState()));
    }

    private List<List<String>> triggerRows() {
        return triggers.findAll(TenantService.MAIN_TENANT).stream().map(PageController::triggerRow).toList();
    }

    private static List<String> triggerRow(Trigger trigger) {
        ZonedDateTime next = trigger.getNextExecutionDate();
        String when = Boolean.TRUE.equals(trigger.getDisabled()) ? "off" : next == null ? "" : time(next.toInstant());
        return List.of(escape(trigger.getFlowId()), escape(trigger.getTriggerId()), when);
    }

    private List<List<String>> flowRows() {
        return flows.findAll(TenantService.MAIN_TENANT).stream()
            .map(flow -> List.of(
                link("/ui/flows/" + flow.getNamespace() + "/" + flow.getId(), flow.getId()),
                escape(flow.getDescription() == null ? "" : flow.getDescription().strip())))
            .toList();
    }

    private static String time(Instant instant) {
        return instant == null ? "" : escape(TIME.format(instant));
    }

    private static String took(State state) {
        Duration duration = state.getDuration().orElse(null);
        return duration == null ? "" : escape(String.format("%.1f s", duration.toMillis() / 1000.0));
    }
}
