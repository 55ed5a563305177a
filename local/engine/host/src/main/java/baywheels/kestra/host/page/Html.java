package baywheels.kestra.host.page;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Pieces of a page. Every text passes {@link #escape}: flows, logs and names of files are not ours. */
final class Html {
    private static final String TEMPLATE = template();

    private Html() {
    }

    private static String template() {
        try (InputStream file = Html.class.getResourceAsStream("/page.html")) {
            return new String(file.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A whole page; {@code content} is HTML. */
    static String page(String title, String content) {
        return TEMPLATE.replace("{{title}}", escape(title)).replace("{{content}}", content);
    }

    static String escape(Object text) {
        if (text == null) return "";
        return text.toString()
            .replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\"", "&quot;").replace("'", "&#39;");
    }

    static String link(String path, Object text) {
        return "<a href=\"" + escape(path) + "\">" + escape(text) + "</a>";
    }

    /** A section with a heading. */
    static String section(String heading, String content) {
        return "<h2>" + escape(heading) + "</h2>\n" + content;
    }

    static String pre(Object text) {
        return "<pre tabindex=\"0\">" + escape(text) + "</pre>\n";
    }

    /** A table; the cells are HTML. */
    static String table(List<String> head, List<List<String>> rows) {
        if (rows.isEmpty()) return "<p>None yet.</p>\n";
        StringBuilder table = new StringBuilder("<div class=\"scroll\" tabindex=\"0\"><table><thead><tr>");
        head.forEach(name -> table.append("<th scope=\"col\">").append(escape(name)).append("</th>"));
        table.append("</tr></thead><tbody>\n");
        rows.forEach(row -> {
            table.append("<tr>");
            row.forEach(cell -> table.append("<td>").append(cell).append("</td>"));
            table.append("</tr>\n");
        });
        return table.append("</tbody></table></div>\n").toString();
    }
}
