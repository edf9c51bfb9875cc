package pennyweight.formats.safetensors;

import java.io.ByteArrayInputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import pennyweight.formats.DType;
import pennyweight.formats.Refusal;
import pennyweight.formats.Shape;
import pennyweight.formats.json.JsonFile;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;

/**
 * Reads a header token by token, so that memory stays near the header's own length. What it gives
 * is well-formed, each tensor by itself; that the tensors fill the data is judged by {@link
 * SafetensorsFile}.
 */
final class HeaderParser {
    /** A tensor as the header declares it; offsets count from the start of the data. */
    record Declared(String name, DType dtype, Shape shape, long begin, long end) {}

    /** A whole header: tensors in the header's order. */
    record Header(Map<String, String> metadata, List<Declared> tensors) {}

    private static final String REMEDY = "download it again, or save it again with safetensors";

    private static final JsonFactory FACTORY =
            JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

    private final Path file;
    private final Map<String, String> metadata = new LinkedHashMap<>();
    private final List<Declared> tensors = new ArrayList<>();

    private HeaderParser(Path file) {
        this.file = file;
    }

    /**
     * The header in {@code json}; throws {@link Refusal} where it is not strict JSON of the
     * format's structure.
     */
    static Header parse(Path file, byte[] json) {
        HeaderParser header = new HeaderParser(file);
        // A reader, because a parser of bytes guesses at the encoding; the format is UTF-8.
        Reader reader =
                new InputStreamReader(
                        new ByteArrayInputStream(json), StandardCharsets.UTF_8.newDecoder());
        try (JsonParser parser = FACTORY.createParser(ObjectReadContext.empty(), reader)) {
            header.object(parser);
        } catch (JacksonException e) {
            throw Refusal.badInput(
                    file, "the header is not valid JSON (" + JsonFile.oneLine(e) + ")", REMEDY, e);
        }
        return new Header(
                Collections.unmodifiableMap(header.metadata), List.copyOf(header.tensors));
    }

    private void object(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw refuse("the header is not a JSON object");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String name = parser.currentName();
            if (name.equals(SafetensorsFormat.METADATA)) {
                metadata(parser);
            } else {
                tensors.add(tensor(parser, name));
            }
        }
        if (parser.nextToken() != null) {
            throw refuse("text follows the header's JSON object");
        }
    }

    private void metadata(JsonParser parser) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw refuse("__metadata__ is not a JSON object");
        }
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String key = parser.currentName();
            if (parser.nextToken() != JsonToken.VALUE_STRING) {
                throw refuse("__metadata__." + JsonFile.printable(key) + " is not a string");
            }
            metadata.put(key, parser.getString());
        }
    }

    private Declared tensor(JsonParser parser, String name) {
        if (parser.nextToken() != JsonToken.START_OBJECT) {
            throw refuse(name, "is not declared by a JSON object");
        }
        @Nullable DType dtype = null;
        @Nullable List<Long> shape = null;
        @Nullable List<Long> offsets = null;
        while (parser.nextToken() == JsonToken.PROPERTY_NAME) {
            String field = parser.currentName();
            switch (field) {
                case SafetensorsFormat.DTYPE -> dtype = dtype(parser, name);
                case SafetensorsFormat.SHAPE -> shape = numbers(parser, name, field);
                case SafetensorsFormat.OFFSETS -> offsets = numbers(parser, name, field);
                default -> {
                    // As the reference implementation does: fields it does not know are nothing.
                    parser.nextToken();
                    parser.skipChildren();
                }
            }
        }
        if (dtype == null || shape == null || offsets == null) {
            String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
            throw refuse(name, "has no " + missing);
        }
        if (offsets.size() != 2) {
            throw refuse(name, "has " + offsets.size() + " data_offsets in place of 2");
        }
        return declared(name, dtype, new Shape(shape), offsets.getFirst(), offsets.getLast());
    }

    private Declared declared(String name, DType dtype, Shape shape, long begin, long end) {
        if (begin > end) {
            throw refuse(name, "begins at " + begin + ", after its end at " + end);
        }
        long bytes;
        try {
            bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
        } catch (ArithmeticException e) {
            throw refuse(name, "has the impossible shape " + JsonFile.printable(shape.toString()));
        }
        if (bytes != end - begin) {
            throw refuse(
                    name,
                    dtype
                            + " "
                            + JsonFile.printable(shape.toString())
                            + " needs "
                            + bytes
                            + " bytes, but its data_offsets span "
                            + (end - begin));
        }
        return new Declared(name, dtype, shape, begin, end);
    }

    private DType dtype(JsonParser parser, String name) {
        if (parser.nextToken() != JsonToken.VALUE_STRING) {
            throw refuse(name, "has a dtype that is not a string");
        }
        String dtype = parser.getString();
        return DType.named(dtype)
                .orElseThrow(() ->
                        SafetensorsFormat.UNSUPPORTED_TYPES.contains(dtype)
                                ? Refusal.notSupported(
                                        file,
                                        "tensor "
                                                + JsonFile.printable(name)
                                                + ": numbers of type "
                                                + dtype,
                                        "convert from the model's BF16 or F16 release")
                                : refuse(
                                        name,
                                        "has the unknown dtype " + JsonFile.printable(dtype)));
    }

    private List<Long> numbers(JsonParser parser, String name, String field) {
        if (parser.nextToken() != JsonToken.START_ARRAY) {
            throw refuse(name, field + " is not an array");
        }
        List<Long> numbers = new ArrayList<>();
        JsonToken token = parser.nextToken();
        while (token != JsonToken.END_ARRAY) {
            boolean whole =
                    token == JsonToken.VALUE_NUMBER_INT
                            && switch (parser.getNumberType()) {
                                case INT, LONG -> true;
                                default -> false;
                            };
            if (!whole || parser.getLongValue() < 0) {
                throw refuse(
                        name,
                        field
                                + " holds "
                                + JsonFile.printable(String.valueOf(parser.getString()))
                                + ", which is no whole number from 0 to 2^63 - 1");
            }
            numbers.add(parser.getLongValue());
            token = parser.nextToken();
        }
        return numbers;
    }

    private Refusal refuse(String problem) {
        return Refusal.badInput(file, problem, REMEDY);
    }

    private Refusal refuse(String tensor, String problem) {
        return Refusal.badTensor(file, JsonFile.printable(tensor), problem, REMEDY);
    }
}
