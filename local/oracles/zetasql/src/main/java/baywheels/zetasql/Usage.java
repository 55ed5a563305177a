package baywheels.zetasql;

import com.google.zetasql.Type;
import com.google.zetasql.ZetaSQLOptions.ProductMode;
import com.google.zetasql.resolvedast.ResolvedNodes;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedAggregateFunctionCall;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedAnalyticFunctionCall;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedCast;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedExpr;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedFunctionCall;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedFunctionCallBase;
import com.google.zetasql.resolvedast.ResolvedNodes.ResolvedLiteral;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Collects the functions, operators and casts of a resolved statement with the types they are used with: `coalesce(DATE)`, a run of equal
 * types once; `format_date('%A', DATE)`, with the text of a format and the name of a date part; `safe_cast(STRING as FLOAT64)`.
 */
final class Usage extends ResolvedNodes.Visitor {
    private final Set<String> uses;

    Usage(Set<String> uses) {
        this.uses = uses;
    }

    @Override
    public void visit(ResolvedFunctionCall call) {
        add("", call);
        super.visit(call);
    }

    @Override
    public void visit(ResolvedAggregateFunctionCall call) {
        add(call.getDistinct() ? "distinct " : "", call);
        super.visit(call);
    }

    @Override
    public void visit(ResolvedAnalyticFunctionCall call) {
        add("over ", call);
        super.visit(call);
    }

    @Override
    public void visit(ResolvedCast cast) {
        String name = cast.getReturnNullOnError() ? "safe_cast" : "cast";
        uses.add(name + "(" + nameOf(cast.getExpr().getType()) + " as " + nameOf(cast.getType()) + ")");
        super.visit(cast);
    }

    private void add(String kind, ResolvedFunctionCallBase call) {
        String name = call.getFunction().getName();
        boolean formats = name.startsWith("format") || name.startsWith("parse");
        List<String> arguments = new ArrayList<>();
        for (ResolvedExpr argument : call.getArgumentList()) {
            String text = textOf(argument, formats);
            if (arguments.isEmpty() || !arguments.getLast().equals(text)) arguments.add(text);
        }
        uses.add(kind + name + "(" + String.join(", ", arguments) + ")");
    }

    private static String textOf(ResolvedExpr argument, boolean formats) {
        if (argument instanceof ResolvedLiteral literal && !literal.getValue().isNull()) {
            if (argument.getType().isEnum()) return literal.getValue().getEnumName();
            if (formats && argument.getType().isString()) return "'" + literal.getValue().getStringValue() + "'";
        }
        return nameOf(argument.getType());
    }

    private static String nameOf(Type type) {
        return type.typeName(ProductMode.PRODUCT_EXTERNAL);
    }
}
