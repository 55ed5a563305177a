package io.kestra.plugin.gcp.bigquery;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.google.cloud.bigquery.Field;
import com.google.cloud.bigquery.FieldList;
import com.google.cloud.bigquery.FieldValue;
import com.google.cloud.bigquery.FieldValueList;
import com.google.cloud.bigquery.StandardSQLTypeName;
import com.google.cloud.bigquery.TableResult;
import io.kestra.core.serializers.JacksonMapper;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalTime;
import java.util.ArrayList;
import java.util.IllegalFormatFlagsException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.StreamSupport;

/**
 * Rows of a query as maps of Java values, with the types that plugin-gcp v2.11.0, {@code bigquery/Query.java}, gives
 * them: BOOL Boolean, INT64 Long, FLOAT64 and NUMERIC Double, BIGNUMERIC BigDecimal, STRING and INTERVAL String, BYTES
 * byte[], DATE LocalDate, TIME LocalTime, TIMESTAMP Instant, DATETIME its text with a Z at the end, JSON Map, ARRAY
 * List, STRUCT Map, GEOGRAPHY a list of longitude and latitude.
 */
final class Rows {
    // the plugin takes points of the north-eastern quarter only
    private static final Pattern POINT = Pattern.compile("POINT ?\\(([0-9.]+) ([0-9.]+)\\)");

    private Rows() {
    }

    /** All rows, fetched page by page while they are read. */
    static Iterable<Map<String, Object>> of(TableResult result) {
        FieldList fields = result.getSchema() == null ? FieldList.of() : result.getSchema().getFields();
        return () -> StreamSupport.stream(result.iterateAll().spliterator(), false).map(row -> struct(fields, row)).iterator();
    }

    private static Map<String, Object> struct(FieldList fields, FieldValueList values) {
        Map<String, Object> row = new LinkedHashMap<>();
        for (int i = 0; i < fields.size(); i++) {
            row.put(fields.get(i).getName(), cell(fields.get(i), values.get(i)));
        }
        return row;
    }

    private static Object cell(Field field, FieldValue value) {
        if (field.getMode() != Field.Mode.REPEATED) {
            return value.isNull() ? null : single(field, value);
        }
        List<Object> elements = new ArrayList<>();
        for (FieldValue element : value.getRepeatedValue()) {
            elements.add(element.isNull() ? null : single(field, element));
        }
        return elements;
    }

    private static Object single(Field field, FieldValue value) {
        StandardSQLTypeName type = field.getType().getStandardType();
        return switch (type) {
            case BOOL -> value.getBooleanValue();
            case INT64 -> value.getLongValue();
            case FLOAT64, NUMERIC -> value.getDoubleValue();
            case BIGNUMERIC -> value.getNumericValue();
            case STRING, INTERVAL -> value.getStringValue();
            case BYTES -> value.getBytesValue();
            case DATE -> LocalDate.parse(value.getStringValue());
            case TIME -> LocalTime.parse(value.getStringValue());
            case TIMESTAMP -> value.getTimestampInstant();
            case DATETIME -> dateTime(value.getStringValue());
            case JSON -> json(value.getStringValue());
            case GEOGRAPHY -> point(value.getStringValue());
            case STRUCT -> struct(field.getSubFields(), value.getRecordValue());
            default -> throw new IllegalArgumentException("Invalid type '" + type + "'");
        };
    }

    private static String dateTime(String text) {
        String zoned = text + "Z";
        Instant.parse(zoned);
        return zoned;
    }

    private static Object json(String text) {
        try {
            return JacksonMapper.toMap(text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("Invalid data type [" + Query.class.getName() + "] with value [" + text + "]");
        }
    }

    private static List<Double> point(String text) {
        Matcher point = POINT.matcher(text);
        if (!point.matches()) {
            throw new IllegalFormatFlagsException("Couldn't match '" + text + "'");
        }
        return List.of(Double.parseDouble(point.group(1)), Double.parseDouble(point.group(2)));
    }
}
