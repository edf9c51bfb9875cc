package pennyweight.converter.target;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import pennyweight.formats.Refusal;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.hf.ModelFolder;
import tools.jackson.databind.JsonNode;

/**
 * The chat templates of a model folder by llama.cpp's precedence ({@code gguf-py/gguf/vocab.py},
 * {@code _try_load_from_tokenizer_json}): tokenizer_config.json, else chat_template.jinja with
 * those in additional_chat_templates, else chat_template.json. Unlike there, a folder without
 * tokenizer_config.json, or with one whose template is null, keeps its template; the list of names
 * is sorted and names no template without a text.
 */
final class GgufChatTemplate {
    private static final String KEY = "tokenizer.chat_template";
    private static final String DEFAULT = "default";

    private GgufChatTemplate() {}

    /** Adds the keys of what templates there are. */
    static void addTo(SequencedMap<String, GgufValue> keys, ModelFolder folder) {
        SequencedMap<String, String> templates = templates(folder);
        TreeSet<String> names = new TreeSet<>();
        templates.forEach((name, text) -> {
            String plain = name.replaceAll("[^A-Za-z0-9]", "_");
            if (!plain.equals(DEFAULT) && !plain.isEmpty() && !text.isEmpty()) {
                names.add(plain);
                keys.put(KEY + "." + plain, new GgufValue.Text(text));
            }
        });
        if (!names.isEmpty()) {
            keys.put(KEY + "s", new GgufValue.Strings(List.copyOf(names)));
        }
        Optional.ofNullable(templates.get(DEFAULT))
                .filter(text -> !text.isEmpty())
                .ifPresent(text -> keys.put(KEY, new GgufValue.Text(text)));
    }

    private static SequencedMap<String, String> templates(ModelFolder folder) {
        Optional<JsonNode> inConfig =
                folder.tokenizerConfig()
                        .map(c -> c.path("chat_template"))
                        .filter(t -> t.isString() || t.isArray());
        if (inConfig.isPresent()) {
            return named(inConfig.get());
        }
        Optional<Path> jinja = folder.file(ModelFolder.CHAT_TEMPLATE);
        if (jinja.isPresent()) {
            SequencedMap<String, String> all = new LinkedHashMap<>();
            all.put(DEFAULT, text(jinja.get()));
            for (Path more : additional(folder.path().resolve("additional_chat_templates"))) {
                String name = String.valueOf(more.getFileName());
                all.put(name.substring(0, name.length() - ".jinja".length()), text(more));
            }
            return all;
        }
        return folder.json("chat_template.json")
                .map(c -> named(c.path("chat_template")))
                .orElseGet(LinkedHashMap::new);
    }

    private static SequencedMap<String, String> named(JsonNode template) {
        SequencedMap<String, String> all = new LinkedHashMap<>();
        if (template.isString()) {
            all.put(DEFAULT, template.stringValue());
        }
        for (JsonNode choice : template.isArray() ? template : List.<JsonNode>of()) {
            all.put(choice.path("name").asString(""), choice.path("template").asString(""));
        }
        return all;
    }

    private static List<Path> additional(Path folder) {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.toString().endsWith(".jinja")).sorted().toList();
        } catch (IOException e) {
            throw unreadable(folder, e);
        }
    }

    /** The text of a file with line ends as Python reads them. */
    private static String text(Path file) {
        try {
            return Files.readString(file).replace("\r\n", "\n").replace('\r', '\n');
        } catch (CharacterCodingException e) {
            throw Refusal.badInput(file, "is not UTF-8 text", "save it as UTF-8", e);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static Refusal unreadable(Path file, IOException e) {
        return Refusal.badInput(
                file, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
    }
}
