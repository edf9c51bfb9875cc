package pennyweight.converter.target;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import pennyweight.converter.plan.PlannedFile;
import pennyweight.converter.source.Checkpoint;
import pennyweight.formats.Bytes;
import pennyweight.formats.hf.ModelCard;
import pennyweight.formats.hf.ModelFolder;
import pennyweight.formats.json.Json;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The files of an MLX folder beside tensors, index and config: the checkpoint's, byte for byte
 * where every reader understands them, and else with what one of them needs added.
 */
final class MlxSideFiles {
    private static final String EOS = "eos_token_id";
    private static final String TEMPLATE = "chat_template";
    private static final String TOKENIZER_CLASS = "tokenizer_class";

    /** What transformers 5 may write, and no other reader knows. */
    private static final String BACKEND = "TokenizersBackend";

    /** The class of every Qwen3.5. */
    private static final String CLASS = "Qwen2Tokenizer";

    private static final String PROCESSOR_CLASS = "processor_class";
    private static final String PROCESSOR = "Qwen3VLProcessor";

    private final Checkpoint source;
    private final ModelFolder model;
    private final Path folder;
    private final boolean multimodal;
    private final List<Integer> endOfText;

    /**
     * @param folder that the files go into
     * @param multimodal whether the tower is in the folder
     */
    MlxSideFiles(Checkpoint source, Path folder, boolean multimodal) {
        this.source = source;
        this.model = source.folder();
        this.folder = folder;
        this.multimodal = multimodal;
        this.endOfText = List.copyOf(ids());
    }

    /**
     * The ids of the tokens that end a text, without which some readers never stop: those of the
     * generation config, of the tokenizer and of the config.
     */
    List<Integer> endOfText() {
        return endOfText;
    }

    List<PlannedFile> files() {
        List<PlannedFile> files = new ArrayList<>();
        generationConfig().ifPresent(files::add);
        for (PlannedFile file : PlanParts.tokenizerFiles(source, folder)) {
            boolean config = file.path().endsWith(ModelFolder.TOKENIZER_CONFIG);
            files.add(config ? tokenizerConfig().orElse(file) : file);
        }
        if (multimodal) {
            preprocessor(ModelFolder.PREPROCESSOR_CONFIG, "image_processor", true)
                    .ifPresent(files::add);
            preprocessor(ModelFolder.VIDEO_PREPROCESSOR_CONFIG, "video_processor", false)
                    .ifPresent(files::add);
            // Readers for which it would be the wrong one look for preprocessor_config.json first.
            copy(ModelFolder.PROCESSOR_CONFIG).ifPresent(files::add);
        }
        files.add(new PlannedFile.Whole(folder.resolve(ModelCard.FILE), Bytes.utf8(card())));
        return files;
    }

    private Set<Integer> ids() {
        Set<Integer> ids = new LinkedHashSet<>();
        model.generationConfig().ifPresent(g -> add(ids, g.path(EOS)));
        model.tokenizerConfig().ifPresent(t -> tokenId(t).ifPresent(ids::add));
        add(ids, model.config().path(EOS));
        add(ids, model.config().path("text_config").path(EOS));
        return ids;
    }

    private static void add(Set<Integer> ids, JsonNode eos) {
        if (eos.isInt()) {
            ids.add(eos.intValue());
        }
        for (JsonNode id : eos) {
            if (id.isInt()) {
                ids.add(id.intValue());
            }
        }
    }

    /** The id of the tokenizer's end of text, as far as its config tells. */
    private static Optional<Integer> tokenId(JsonNode config) {
        JsonNode eos = config.path("eos_token");
        String text = eos.isString() ? eos.stringValue() : eos.path("content").asString("");
        for (Map.Entry<String, JsonNode> e : config.path("added_tokens_decoder").properties()) {
            if (e.getValue().path("content").asString("").equals(text)
                    && e.getKey().matches("\\d{1,9}")) {
                return Optional.of(Integer.valueOf(e.getKey()));
            }
        }
        return Optional.empty();
    }

    private Optional<PlannedFile> generationConfig() {
        Optional<JsonNode> stored = model.generationConfig();
        Set<Integer> named = new LinkedHashSet<>();
        stored.ifPresent(g -> add(named, g.path(EOS)));
        if (named.equals(Set.copyOf(endOfText))) {
            return copy(ModelFolder.GENERATION_CONFIG);
        }
        ObjectNode config = stored.map(g -> g.deepCopy().asObject()).orElseGet(Json::object);
        config.set(EOS, Json.tree(endOfText));
        return Optional.of(json(ModelFolder.GENERATION_CONFIG, config));
    }

    /**
     * The tokenizer's config where it must change: a class that other readers know, and the chat
     * template for apps whose tokenizer does not look for one in a file of its own. Transformers
     * takes the file's where there are both.
     */
    private Optional<PlannedFile> tokenizerConfig() {
        JsonNode stored = model.tokenizerConfig().orElseGet(Json::object);
        String type = stored.path(TOKENIZER_CLASS).asString("");
        boolean known = !type.isEmpty() && !type.equals(BACKEND);
        Optional<String> template = stored.has(TEMPLATE) ? Optional.empty() : model.chatTemplate();
        if (known && template.isEmpty()) {
            return Optional.empty();
        }
        ObjectNode config = stored.deepCopy().asObject();
        if (!known) {
            config.put(TOKENIZER_CLASS, CLASS);
        }
        template.ifPresent(t -> config.put(TEMPLATE, t));
        return Optional.of(json(ModelFolder.TOKENIZER_CONFIG, config));
    }

    /**
     * The config of the images' or the videos' processor, alone and flat: transformers 5 writes
     * both into one processor_config.json, which mlx-swift-lm does not read. That reader also wants
     * {@code processor_class}, and once took the limits of an image's size from {@code min_pixels}
     * and {@code max_pixels} alone.
     *
     * @param nested where processor_config.json has it
     */
    private Optional<PlannedFile> preprocessor(String name, String nested, boolean images) {
        Optional<JsonNode> own = model.json(name);
        Optional<JsonNode> stored =
                own.or(() ->
                        model.json(ModelFolder.PROCESSOR_CONFIG)
                                .map(p -> p.path(nested))
                                .filter(JsonNode::isObject));
        if (stored.isEmpty()) {
            return Optional.empty();
        }
        ObjectNode config = stored.get().deepCopy().asObject();
        if (!config.has(PROCESSOR_CLASS)) {
            config.put(PROCESSOR_CLASS, PROCESSOR);
        }
        if (images) {
            JsonNode size = config.path("size");
            limit(config, "min_pixels", size.path("shortest_edge"));
            limit(config, "max_pixels", size.path("longest_edge"));
        }
        return own.isPresent() && config.equals(own.get())
                ? copy(name)
                : Optional.of(json(name, config));
    }

    private static void limit(ObjectNode config, String name, JsonNode pixels) {
        if (!config.path(name).isNumber() && pixels.isNumber()) {
            config.set(name, pixels);
        }
    }

    /** A model card of the front matter alone, as the reference converters write it. */
    private String card() {
        ModelCard card = ModelCard.of(model);
        StringBuilder text = new StringBuilder("---\nlibrary_name: mlx\n");
        for (String key : List.of("license", "license_name", "license_link")) {
            card.text(key)
                    .ifPresent(value ->
                            text.append(key).append(": ").append(Json.text(value)).append('\n'));
        }
        return text.append("pipeline_tag: ")
                .append(multimodal ? "image-text-to-text" : "text-generation")
                .append("\ntags:\n- mlx\n---\n")
                .toString();
    }

    private Optional<PlannedFile> copy(String name) {
        return PlanParts.copy(source, folder, name);
    }

    private PlannedFile json(String name, JsonNode content) {
        return PlanParts.json(folder.resolve(name), content);
    }
}
