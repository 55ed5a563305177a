package baywheels.kestra.host.http;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.exc.InvalidFormatException;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import io.kestra.core.exceptions.ConflictException;
import io.kestra.core.exceptions.DeserializationException;
import io.kestra.core.exceptions.FlowProcessingException;
import io.kestra.core.exceptions.InputOutputValidationException;
import io.kestra.core.exceptions.InvalidException;
import io.kestra.core.exceptions.InvalidQueryFiltersException;
import io.kestra.core.exceptions.NotFoundException;
import io.kestra.core.exceptions.ResourceExpiredException;
import io.kestra.core.exceptions.ValidationErrorException;
import io.micronaut.core.annotation.Introspected;
import io.micronaut.core.convert.exceptions.ConversionErrorException;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.exceptions.HttpStatusException;
import io.micronaut.web.router.exceptions.UnsatisfiedBodyRouteException;
import io.micronaut.web.router.exceptions.UnsatisfiedQueryValueRouteException;
import jakarta.validation.ConstraintViolationException;
import java.io.FileNotFoundException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.stream.Collectors;

/**
 * How Kestra 1.3 reports an exception over HTTP.
 *
 * @param message {@code <kind>: <the exception's own words>}
 * @param details for each thing that is wrong, what and where; may be empty
 */
record Failure(HttpStatus status, String message, List<Detail> details) {
    @Introspected
    record Detail(String message, String path) {
    }

    static Failure of(Throwable thrown) {
        return switch (thrown) {
            case FlowProcessingException flow when flow.getCause() instanceof ConstraintViolationException cause -> of(cause);
            case ConstraintViolationException invalid -> new Failure(
                HttpStatus.UNPROCESSABLE_ENTITY,
                "Invalid entity: " + invalid.getMessage(),
                invalid.getConstraintViolations().stream()
                    .map(violation -> new Detail(violation.getMessage(), String.valueOf(violation.getPropertyPath())))
                    .toList());
            case ConversionErrorException conversion -> ofConversion(conversion);
            case JsonParseException json -> of(HttpStatus.UNPROCESSABLE_ENTITY, "Invalid json", json);
            case InvalidFormatException format -> of(HttpStatus.UNPROCESSABLE_ENTITY, "Invalid format", format);
            case InputOutputValidationException input -> of(HttpStatus.UNPROCESSABLE_ENTITY, "Invalid entity", input);
            case UnsatisfiedBodyRouteException body -> of(HttpStatus.UNPROCESSABLE_ENTITY, "Invalid route params", body);
            case InvalidException invalid -> of(
                HttpStatus.UNPROCESSABLE_ENTITY,
                "Invalid " + (invalid.invalidObject() == null ? "entity" : invalid.invalidObject().getClass().getSimpleName()),
                invalid);
            case IllegalArgumentException argument -> of(HttpStatus.UNPROCESSABLE_ENTITY, "Illegal argument", argument);
            case UnsatisfiedQueryValueRouteException query -> of(HttpStatus.BAD_REQUEST, "Bad Request", query);
            case InvalidQueryFiltersException filters -> of(HttpStatus.BAD_REQUEST, "Invalid query filters", filters);
            case ValidationErrorException invalid -> of(HttpStatus.BAD_REQUEST, invalid.formatedInvalidObjects(), invalid);
            case NotFoundException missing -> of(HttpStatus.NOT_FOUND, "Not Found", missing);
            case NoSuchElementException missing -> of(HttpStatus.NOT_FOUND, "Not Found", missing);
            case FileNotFoundException missing -> of(HttpStatus.NOT_FOUND, "Not Found", missing);
            case ConflictException conflict -> of(HttpStatus.CONFLICT, "Conflict", conflict);
            case IllegalStateException state -> of(HttpStatus.CONFLICT, "Illegal state", state);
            case ResourceExpiredException expired -> of(HttpStatus.GONE, "Resource has expired", expired);
            case DeserializationException unreadable -> of(HttpStatus.LOCKED, "Locked", unreadable);
            case HttpStatusException status -> of(status.getStatus(), status.getStatus().getReason(), status);
            default -> of(HttpStatus.INTERNAL_SERVER_ERROR, "Internal server error", thrown);
        };
    }

    /** A body that is JSON, but not that of the thing wanted. */
    private static Failure ofConversion(ConversionErrorException conversion) {
        String message = conversion.getMessage();
        return switch (conversion.getConversionError().getCause()) {
            case InvalidTypeIdException type -> {
                String invalid = "Invalid type: " + type.getTypeId();
                List<Detail> details = List.of(new Detail(invalid, pathOf(type)), new Detail(message, pathOf(type)));
                yield new Failure(HttpStatus.UNPROCESSABLE_ENTITY, invalid, details);
            }
            case JsonMappingException mapping ->
                new Failure(HttpStatus.UNPROCESSABLE_ENTITY, "Invalid json mapping", List.of(new Detail(message, pathOf(mapping))));
            default -> of(HttpStatus.UNPROCESSABLE_ENTITY, "Internal server error", conversion);
        };
    }

    private static Failure of(HttpStatus status, String kind, Throwable thrown) {
        return new Failure(status, thrown.getMessage() == null ? kind : kind + ": " + thrown.getMessage(), List.of());
    }

    private static String pathOf(JsonMappingException mapping) {
        return mapping.getPath().stream().map(JsonMappingException.Reference::getDescription).collect(Collectors.joining(" > "));
    }
}
