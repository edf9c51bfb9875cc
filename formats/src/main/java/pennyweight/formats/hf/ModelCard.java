package pennyweight.formats.hf;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.AbstractConstruct;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.Tag;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.JsonFile;

/**
 * What a model's README.md says in the YAML between its first two lines of {@code ---}, found as
 * llama.cpp's converter finds it ({@code gguf-py/gguf/metadata.py}, {@code load_model_card}): a
 * file that does not begin with such a line says nothing, {@code - no} in a list is Norwegian, and
 * a tab is two spaces.
 *
 * <p>Every value is the text that was written. YAML takes {@code 1.10} for a number, {@code
 * 2024-05-01} for a date and {@code no} for a flag; what a card means by them is a text.
 */
public final class ModelCard {
    public static final String FILE = "README.md";

    /** Cards with the results of many benchmarks reach some megabytes. */
    private static final int MAX_BYTES = 16 << 20;

    private static final String FENCE = "---";

    /** Where Python's {@code str.splitlines} splits. */
    private static final Pattern LINE_END = Pattern.compile("\\R|[\\x1C-\\x1E]");

    private final Map<?, ?> values;

    private ModelCard(Map<?, ?> values) {
        this.values = values;
    }

    /** One of the models or datasets that a card names. */
    public sealed interface Source {
        /** By its id, {@code organization/name}, or by its address. */
        record Id(String id) implements Source {}

        /** By its properties; empty where an entry is neither. */
        record Described(Map<String, String> properties) implements Source {
            public Described {
                properties = Map.copyOf(properties);
            }
        }
    }

    /**
     * The card of a folder; one that says nothing where there is none.
     *
     * @throws Refusal where its YAML is broken. Licence and origin would be lost without a word
     *     otherwise, and llama.cpp's converter stops there too.
     */
    public static ModelCard of(ModelFolder folder) {
        return folder.file(FILE).map(ModelCard::read).orElseGet(() -> new ModelCard(Map.of()));
    }

    private static ModelCard read(Path file) {
        List<String> lines = LINE_END.splitAsStream(text(file)).toList();
        if (lines.isEmpty() || !lines.getFirst().equals(FENCE)) {
            return new ModelCard(Map.of());
        }
        String yaml =
                lines.stream()
                        .skip(1)
                        .takeWhile(line -> !line.equals(FENCE))
                        .collect(Collectors.joining("\n", "", "\n"))
                        .replace("- no\n", "- \"no\"\n")
                        .replace("\t", "  ");
        try {
            Object root = new Yaml(new AsWritten()).load(yaml);
            return new ModelCard(root instanceof Map<?, ?> map ? map : Map.of());
        } catch (MarkedYAMLException e) {
            // The fence is the file's first line.
            String where =
                    e.getProblemMark() == null
                            ? ""
                            : " at line " + (e.getProblemMark().getLine() + 2);
            throw broken(file, e.getProblem() + where, e);
        } catch (YAMLException e) {
            throw broken(file, String.valueOf(e.getMessage()), e);
        }
    }

    private static Refusal broken(Path file, String problem, YAMLException e) {
        return Refusal.badInput(
                file,
                "begins with broken YAML (" + JsonFile.printable(problem) + ")",
                "correct what stands between its first two lines of ---, or remove it",
                e);
    }

    private static String text(Path file) {
        try {
            long size = Files.size(file);
            if (size > MAX_BYTES) {
                throw Refusal.badInput(
                        file,
                        "is " + size + " bytes long, too long for a model card",
                        "check that it is the right file");
            }
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw Refusal.badInput(file, "is not UTF-8 text", "save it as UTF-8", e);
        } catch (IOException e) {
            throw Refusal.badInput(
                    file, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
        }
    }

    /** Whether the card has {@code key}, be it without a value. */
    public boolean has(String key) {
        return values.containsKey(key);
    }

    /** The text of {@code key}, of a list all texts with commas between; absent where empty. */
    public Optional<String> text(String key) {
        return texts(key).map(all -> String.join(",", all)).filter(text -> !text.isEmpty());
    }

    /** The texts of {@code key}, which is a list or a single text; absent where it has no value. */
    public Optional<List<String>> texts(String key) {
        return switch (values.get(key)) {
            case null -> Optional.empty();
            case String text -> Optional.of(List.of(text));
            case List<?> list ->
                    Optional.of(
                            list.stream()
                                    .filter(String.class::isInstance)
                                    .map(String.class::cast)
                                    .toList());
            default -> Optional.of(List.of());
        };
    }

    /** The models or datasets of {@code key}, which is a list or a single one. */
    public List<Source> sources(String key) {
        return switch (values.get(key)) {
            case String id -> List.of(new Source.Id(id));
            case List<?> list -> {
                List<Source> sources = new ArrayList<>(list.size());
                for (Object entry : list) {
                    sources.add(source(entry));
                }
                yield List.copyOf(sources);
            }
            case null, default -> List.of();
        };
    }

    private static Source source(@Nullable Object entry) {
        return switch (entry) {
            case String id -> new Source.Id(id);
            case Map<?, ?> map ->
                    new Source.Described(
                            map.entrySet().stream()
                                    .filter(e -> e.getKey() instanceof String)
                                    .filter(e -> e.getValue() instanceof String)
                                    .collect(
                                            Collectors.toMap(
                                                    e -> Objects.toString(e.getKey()),
                                                    e -> Objects.toString(e.getValue()))));
            case null, default -> new Source.Described(Map.of());
        };
    }

    /**
     * YAML 1.1, as PyYAML reads it, with each scalar but null as the text that was written. A newer
     * YAML knows fewer flags and numbers, but its readers do not keep the text.
     */
    private static final class AsWritten extends SafeConstructor {
        AsWritten() {
            super(options());
            for (Tag tag : List.of(Tag.BOOL, Tag.INT, Tag.FLOAT, Tag.TIMESTAMP)) {
                yamlConstructors.put(
                        tag,
                        new AbstractConstruct() {
                            @Override
                            public Object construct(Node node) {
                                return ((ScalarNode) node).getValue();
                            }
                        });
            }
        }

        private static LoaderOptions options() {
            LoaderOptions options = new LoaderOptions();
            options.setCodePointLimit(MAX_BYTES);
            // The last one counts, as in PyYAML.
            options.setWarnOnDuplicateKeys(false);
            return options;
        }
    }
}
