package pennyweight.formats.json;

import java.io.InputStream;
import java.io.StringWriter;
import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.PrettyPrinter;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.exc.StreamReadException;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.core.json.JsonReadFeature;
import tools.jackson.core.util.DefaultPrettyPrinter;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.MissingNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * JSON texts to Jackson's trees and back, by Jackson's parser and generator. Not by its {@code
 * JsonMapper}: one that binds all that Java knows takes a tenth of a second to set up, a quarter of
 * what the plan of a conversion takes.
 */
public final class Json {
    private static final JsonFactory PLAIN = JsonFactory.builder().build();
    private static final JsonFactory STRICT =
            JsonFactory.builder()
                    .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                    .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
                    .build();

    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private static final ObjectWriteContext INDENTED =
            new ObjectWriteContext.Base() {
                @Override
                public PrettyPrinter getPrettyPrinter() {
                    return new DefaultPrettyPrinter();
                }

                @Override
                public boolean hasPrettyPrinter() {
                    return true;
                }
            };

    private Json() {}

    /**
     * The one value in a text, of equal keys the last; a missing node where there is none.
     *
     * @throws JacksonException where the text is not JSON
     */
    public static JsonNode read(String text) {
        try (JsonParser parser = PLAIN.createParser(ObjectReadContext.empty(), text)) {
            return root(parser);
        }
    }

    /** As {@link #read(String)}, of UTF-8 from {@code from} on. */
    public static JsonNode read(byte[] utf8, int from) {
        try (JsonParser parser =
                PLAIN.createParser(ObjectReadContext.empty(), utf8, from, utf8.length - from)) {
            return root(parser);
        }
    }

    /** As {@link #read(String)}, but no key is there twice, and NaN and Infinity are numbers. */
    static JsonNode readStrictly(InputStream utf8) {
        try (JsonParser parser = STRICT.createParser(ObjectReadContext.empty(), utf8)) {
            return root(parser);
        }
    }

    private static JsonNode root(JsonParser parser) {
        JsonToken first = parser.nextToken();
        if (first == null) {
            return MissingNode.getInstance();
        }
        JsonNode root = value(parser, first);
        if (parser.nextToken() != null) {
            throw new StreamReadException(parser, "something follows the value");
        }
        return root;
    }

    /** The depth is bounded by the parser. */
    private static JsonNode value(JsonParser parser, JsonToken token) {
        return switch (token) {
            case START_OBJECT -> {
                ObjectNode object = NODES.objectNode();
                while (parser.nextToken() != JsonToken.END_OBJECT) {
                    String key = parser.currentName();
                    object.set(key, value(parser, parser.nextToken()));
                }
                yield object;
            }
            case START_ARRAY -> {
                ArrayNode array = NODES.arrayNode();
                for (JsonToken t = parser.nextToken();
                        t != JsonToken.END_ARRAY;
                        t = parser.nextToken()) {
                    array.add(value(parser, t));
                }
                yield array;
            }
            case VALUE_STRING -> NODES.stringNode(parser.getString());
            case VALUE_NUMBER_INT ->
                    switch (parser.getNumberType()) {
                        case INT -> NODES.numberNode(parser.getIntValue());
                        case LONG -> NODES.numberNode(parser.getLongValue());
                        default -> NODES.numberNode(parser.getBigIntegerValue());
                    };
            case VALUE_NUMBER_FLOAT -> NODES.numberNode(parser.getDoubleValue());
            case VALUE_TRUE -> NODES.booleanNode(true);
            case VALUE_FALSE -> NODES.booleanNode(false);
            case VALUE_NULL -> NODES.nullNode();
            default -> throw new StreamReadException(parser, "no value: " + token);
        };
    }

    /** An object without fields. */
    public static ObjectNode object() {
        return NODES.objectNode();
    }

    /**
     * The tree of a text, a number, a truth value, null or a node, or of a map or a list of such.
     *
     * @throws IllegalArgumentException of anything else
     */
    public static JsonNode tree(@Nullable Object value) {
        return switch (value) {
            case null -> NODES.nullNode();
            case JsonNode node -> node;
            case String text -> NODES.stringNode(text);
            case Integer number -> NODES.numberNode((int) number);
            case Long number -> NODES.numberNode((long) number);
            case Double number -> NODES.numberNode((double) number);
            case Float number -> NODES.numberNode((float) number);
            case BigInteger number -> NODES.numberNode(number);
            case Boolean truth -> NODES.booleanNode(truth);
            case Map<?, ?> map -> {
                ObjectNode object = NODES.objectNode();
                map.forEach((key, v) -> object.set(String.valueOf(key), tree(v)));
                yield object;
            }
            case Iterable<?> list -> {
                ArrayNode array = NODES.arrayNode();
                list.forEach(v -> array.add(tree(v)));
                yield array;
            }
            default -> throw new IllegalArgumentException("not for JSON: " + value.getClass());
        };
    }

    /** {@link #tree} as a text without blanks. */
    public static String text(@Nullable Object value) {
        return text(value, ObjectWriteContext.empty());
    }

    /** {@link #tree} as the text of a file, indented, with a line end at its end. */
    public static String indented(@Nullable Object value) {
        return text(value, INDENTED) + "\n";
    }

    private static String text(@Nullable Object value, ObjectWriteContext context) {
        StringWriter text = new StringWriter();
        try (JsonGenerator generator = PLAIN.createGenerator(context, text)) {
            write(generator, tree(value));
        }
        return text.toString();
    }

    private static void write(JsonGenerator generator, JsonNode node) {
        switch (node.getNodeType()) {
            case OBJECT -> {
                generator.writeStartObject();
                for (Map.Entry<String, JsonNode> field : node.properties()) {
                    generator.writeName(field.getKey());
                    write(generator, field.getValue());
                }
                generator.writeEndObject();
            }
            case ARRAY -> {
                generator.writeStartArray();
                node.forEach(element -> write(generator, element));
                generator.writeEndArray();
            }
            case STRING -> generator.writeString(node.stringValue());
            case BOOLEAN -> generator.writeBoolean(node.booleanValue());
            case NUMBER -> number(generator, node);
            case NULL -> generator.writeNull();
            default -> throw new IllegalArgumentException("not for JSON: " + node.getNodeType());
        }
    }

    private static void number(JsonGenerator generator, JsonNode node) {
        switch (node.numberType()) {
            case INT -> generator.writeNumber(node.intValue());
            case LONG -> generator.writeNumber(node.longValue());
            case BIG_INTEGER -> generator.writeNumber(node.bigIntegerValue());
            case FLOAT -> generator.writeNumber(node.floatValue());
            case DOUBLE -> generator.writeNumber(node.doubleValue());
            default -> generator.writeNumber(node.decimalValue());
        }
    }
}
