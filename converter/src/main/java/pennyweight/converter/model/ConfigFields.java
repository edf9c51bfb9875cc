package pennyweight.converter.model;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/**
 * The fields of one object of a config.json, read by type. A field that is null counts as absent,
 * as Python's {@code None} does; one of the wrong type is refused by its full name.
 */
public final class ConfigFields {
    private static final String REMEDY = "correct the file, or download it again";

    private final Path file;
    private final JsonNode object;
    private final String prefix;

    private ConfigFields(Path file, JsonNode object, String prefix) {
        this.file = file;
        this.object = object;
        this.prefix = prefix;
    }

    /** The fields of {@code root}, the object that {@code file} holds. */
    public static ConfigFields of(Path file, JsonNode root) {
        return new ConfigFields(file, root, "");
    }

    public Path file() {
        return file;
    }

    public boolean has(String name) {
        return object.hasNonNull(name);
    }

    /** The object in a field. */
    public Optional<ConfigFields> object(String name) {
        return field(name)
                .map(node -> {
                    if (!node.isObject()) {
                        throw bad(name, "is no JSON object");
                    }
                    return new ConfigFields(file, node, prefix + name + ".");
                });
    }

    /** A whole number from 1 to 2^31 - 1. */
    public Optional<Integer> count(String name) {
        return field(name).map(node -> count(name, node));
    }

    public int count(String name, int absent) {
        return count(name).orElse(absent);
    }

    /** A whole number from 0 to 2^31 - 1. */
    public Optional<Integer> whole(String name) {
        return field(name)
                .map(node -> {
                    if (!node.isInt() || node.intValue() < 0) {
                        throw wrong(name, node, "a whole number from 0 to " + Integer.MAX_VALUE);
                    }
                    return node.intValue();
                });
    }

    private int count(String name, JsonNode node) {
        if (!node.isInt() || node.intValue() < 1) {
            throw wrong(name, node, "a whole number from 1 to " + Integer.MAX_VALUE);
        }
        return node.intValue();
    }

    /** A finite number. */
    public Optional<Double> number(String name) {
        return field(name)
                .map(node -> {
                    double value = node.isNumber() ? node.doubleValue() : Double.NaN;
                    if (!Double.isFinite(value)) {
                        throw wrong(name, node, "a number");
                    }
                    return value;
                });
    }

    public Optional<Boolean> flag(String name) {
        return field(name)
                .map(node -> {
                    if (!node.isBoolean()) {
                        throw wrong(name, node, "true or false");
                    }
                    return node.booleanValue();
                });
    }

    public Optional<String> text(String name) {
        return field(name).map(node -> text(name, node));
    }

    private String text(String name, JsonNode node) {
        if (!node.isString()) {
            throw wrong(name, node, "a string");
        }
        return node.stringValue();
    }

    public Optional<List<String>> texts(String name) {
        return list(name, node -> text(name, node));
    }

    public Optional<List<Integer>> counts(String name) {
        return list(name, node -> count(name, node));
    }

    /** The length of an array, whatever stands in it; 0 where there is none. */
    public int length(String name) {
        return list(name, node -> node).map(List::size).orElse(0);
    }

    private <T> Optional<List<T>> list(String name, Function<JsonNode, T> element) {
        return field(name)
                .map(node -> {
                    if (!node.isArray()) {
                        throw wrong(name, node, "an array");
                    }
                    List<T> all = new ArrayList<>();
                    node.forEach(n -> all.add(element.apply(n)));
                    return List.copyOf(all);
                });
    }

    private Optional<JsonNode> field(String name) {
        JsonNode node = object.path(name);
        return node.isMissingNode() || node.isNull() ? Optional.empty() : Optional.of(node);
    }

    private Refusal wrong(String name, JsonNode found, String wanted) {
        return bad(
                name,
                "is " + JsonFile.printable(found.toString()) + ", where " + wanted + " is wanted");
    }

    /** A refusal of a field whose value cannot be meant so. */
    public Refusal bad(String name, String problem) {
        return Refusal.badInput(file, prefix + name + " " + problem, REMEDY);
    }

    /** A refusal of a field that asks for what is not supported. */
    public Refusal notSupported(String name, String problem, String remedy) {
        return Refusal.notSupported(file, prefix + name + " " + problem, remedy);
    }
}
