package pennyweight.formats.hf;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.Optional;
import pennyweight.formats.Refusal;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/**
 * A model folder as transformers writes and reads it: a config, and beside the weights whatever
 * tokenizer, template and preprocessor files the model has. MLX folders are such folders too.
 */
public final class ModelFolder {
    public static final String CONFIG = "config.json";
    public static final String GENERATION_CONFIG = "generation_config.json";
    public static final String TOKENIZER = "tokenizer.json";
    public static final String TOKENIZER_CONFIG = "tokenizer_config.json";
    public static final String CHAT_TEMPLATE = "chat_template.jinja";
    public static final String PREPROCESSOR_CONFIG = "preprocessor_config.json";
    public static final String VIDEO_PREPROCESSOR_CONFIG = "video_preprocessor_config.json";
    public static final String PROCESSOR_CONFIG = "processor_config.json";

    private final Path path;
    private final JsonNode config;

    private ModelFolder(Path path, JsonNode config) {
        this.path = path;
        this.config = config;
    }

    /**
     * Opens a folder and reads its config.
     *
     * @throws Refusal where {@code path} is no folder, or has no sound config.json
     */
    public static ModelFolder open(Path path) {
        if (!Files.isDirectory(path)) {
            throw noFolder(path);
        }
        Path config = path.resolve(CONFIG);
        if (!Files.isRegularFile(config)) {
            throw noConfig(path);
        }
        return new ModelFolder(path, JsonFile.readObject(config));
    }

    private static Refusal noFolder(Path path) {
        if (Files.exists(path)) {
            return Refusal.badInput(
                    path,
                    "is a file, where a model folder is wanted",
                    "name the folder that holds its " + CONFIG);
        }
        if (Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return Refusal.badInput(
                    path, "is a link to what does not exist", "download the model again");
        }
        return Refusal.badInput(
                path, "no such folder", "check the path; a model must be downloaded first");
    }

    private static Refusal noConfig(Path path) {
        if (Files.isRegularFile(path.resolve("adapter_config.json"))) {
            return Refusal.badInput(
                    path, "is an adapter, not a whole model", "name the folder of its base model");
        }
        if (Files.isDirectory(path.resolve("snapshots"))) {
            return Refusal.badInput(
                    path,
                    "is a download cache, not a model folder",
                    "name a folder under its snapshots");
        }
        return Refusal.badInput(
                path,
                "holds no " + CONFIG,
                "name the folder of a Hugging Face model, or download the file into it");
    }

    public Path path() {
        return path;
    }

    /** The file that {@link #config} was read from. */
    public Path configFile() {
        return path.resolve(CONFIG);
    }

    /** The object in config.json. */
    public JsonNode config() {
        return config;
    }

    /** The object in generation_config.json; throws {@link Refusal} where it is not sound. */
    public Optional<JsonNode> generationConfig() {
        return json(GENERATION_CONFIG);
    }

    /** The object in tokenizer_config.json; throws {@link Refusal} where it is not sound. */
    public Optional<JsonNode> tokenizerConfig() {
        return json(TOKENIZER_CONFIG);
    }

    /** The object in the JSON file {@code name}; throws {@link Refusal} where it is not sound. */
    public Optional<JsonNode> json(String name) {
        return file(name).map(JsonFile::readObject);
    }

    /** The file {@code name} of the folder, where it is there. */
    public Optional<Path> file(String name) {
        return Optional.of(path.resolve(name)).filter(Files::isRegularFile);
    }

    /** The tokenizer.json, where it is there. */
    public Optional<Path> tokenizer() {
        return file(TOKENIZER);
    }

    /**
     * The text of the chat template, found as transformers finds it ({@code
     * tokenization_utils_base.py}): chat_template.jinja, else {@code chat_template} of
     * tokenizer_config.json, which may be a list of named ones, of which {@code default} is meant.
     *
     * @throws Refusal where a file is not sound
     */
    public Optional<String> chatTemplate() {
        return file(CHAT_TEMPLATE)
                .map(ModelFolder::text)
                .or(() -> tokenizerConfig().flatMap(ModelFolder::template));
    }

    private static Optional<String> template(JsonNode tokenizerConfig) {
        JsonNode template = tokenizerConfig.path("chat_template");
        if (template.isArray()) {
            for (JsonNode named : template) {
                if (named.path("name").asString("").equals("default")) {
                    return named.path("template").asStringOpt();
                }
            }
            return Optional.empty();
        }
        return template.isString() ? Optional.of(template.stringValue()) : Optional.empty();
    }

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw Refusal.badInput(file, "is not UTF-8 text", "save it as UTF-8", e);
        } catch (IOException e) {
            throw Refusal.badInput(
                    file, "cannot be read (" + e.getMessage() + ")", "check its permissions", e);
        }
    }
}
