package pennyweight.converter.target;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import pennyweight.formats.gguf.GgufValue;
import pennyweight.formats.hf.ModelCard;
import pennyweight.formats.hf.ModelCard.Source;
import pennyweight.formats.hf.ModelFolder;

/**
 * The {@code general.*} keys that say what a model is called and where it comes from, with the
 * sources, precedence and order of llama.cpp's converter ({@code gguf-py/gguf/metadata.py}, {@code
 * apply_metadata_heuristic}, {@code set_gguf_meta_model}): first the model card, then the name in
 * config.json, then the folder's name.
 *
 * <p>Two things differ, both where the converter would write less or fail. An empty name counts as
 * none, so that the next source gives one. A number, date or flag in the card is the text that was
 * written ({@code version: 1.0}, {@code language: no}).
 */
final class GgufProvenance {
    /** Properties of a base model or dataset, in the order of their keys. */
    private static final List<String> PROPERTIES =
            List.of(
                    "name",
                    "author",
                    "version",
                    "organization",
                    "description",
                    "url",
                    "doi",
                    "uuid",
                    "repo_url");

    private static final String HUB = "https://huggingface.co/";
    private static final Pattern ADDRESS = Pattern.compile("(https?|ssh)://.*", Pattern.DOTALL);
    private static final Pattern ON_HUB =
            Pattern.compile("https?://huggingface\\.co/([^/]+/[^/]+)");

    private final ModelCard card;
    private final List<ModelName> names;
    private final long parameters;
    private final SequencedMap<String, GgufValue> keys = new LinkedHashMap<>();

    private GgufProvenance(ModelCard card, List<ModelName> names, long parameters) {
        this.card = card;
        this.names = names;
        this.parameters = parameters;
    }

    /**
     * The keys, in the converter's order.
     *
     * @param folderName what the model is called where nothing else names it
     * @param parameters numbers in all tensors of the file, for the size label; 0 writes none
     * @throws pennyweight.formats.Refusal where the model card is broken
     */
    static SequencedMap<String, GgufValue> keys(
            ModelFolder folder, String folderName, long parameters) {
        List<ModelName> names = new ArrayList<>();
        String stated = folder.config().path("_name_or_path").asString("");
        // A path on somebody's disk is no name.
        if (!stated.isEmpty() && stated.indexOf('/') == stated.lastIndexOf('/')) {
            names.add(ModelName.parse(stated, parameters));
        }
        names.add(ModelName.parse(folderName, parameters));
        GgufProvenance p = new GgufProvenance(ModelCard.of(folder), names, parameters);
        p.identity();
        p.sources("base_model", "base_model", "base_models", "base_model_sources");
        p.sources("dataset", "datasets", "dataset", "dataset_sources");
        p.texts("tags", "tags", "pipeline_tag");
        p.texts("languages", "languages", "language");
        return p.keys;
    }

    private void identity() {
        put("name", first(n -> Optional.of(n.title()), "name", "model_name"));
        put("author", stated("author", "model_author", "model_creator"));
        put("version", first(ModelName::version, "version", "model_version"));
        put("organization", first(ModelName::organization, "organization", "model_organization"));
        put("finetune", first(ModelName::finetune, "finetune", "model_finetune"));
        put("basename", first(ModelName::basename, "basename", "model_basename", "model_type"));
        put("description", stated("description", "model_description"));
        Optional<String> counted =
                Optional.of(parameters).filter(n -> n > 0).map(ModelName::sizeLabel);
        put(
                "size_label",
                first(ModelName::sizeLabel, "size_label", "model_size_label").or(() -> counted));
        put("license", stated("license"));
        put("license.name", stated("license_name"));
        put("license.link", stated("license_link"));
        // What a card says of addresses is of the model that was read, not of the file written.
        for (String address : List.of("url", "doi", "uuid", "repo_url")) {
            put("source." + address, stated(address, "model_" + address));
        }
    }

    /** What the card says under the first of its keys that says anything. */
    private Optional<String> stated(String... cardKeys) {
        for (String key : cardKeys) {
            Optional<String> text = card.text(key);
            if (text.isPresent()) {
                return text;
            }
        }
        return Optional.empty();
    }

    /** What the card says, else what the names tell. */
    private Optional<String> first(Function<ModelName, Optional<String>> part, String... cardKeys) {
        return stated(cardKeys)
                .or(() ->
                        names.stream()
                                .map(part)
                                .flatMap(Optional::stream)
                                .filter(text -> !text.isEmpty())
                                .findFirst());
    }

    private void sources(String kind, String... cardKeys) {
        for (String key : cardKeys) {
            if (card.has(key)) {
                List<Source> sources = card.sources(key);
                keys.put("general." + kind + ".count", new GgufValue.U32(sources.size()));
                for (int i = 0; i < sources.size(); i++) {
                    Map<String, String> properties = properties(sources.get(i));
                    for (String property : PROPERTIES) {
                        put(
                                kind + "." + i + "." + property,
                                Optional.ofNullable(properties.get(property)));
                    }
                }
                return;
            }
        }
    }

    private Map<String, String> properties(Source source) {
        return switch (source) {
            case Source.Described described -> described.properties();
            case Source.Id(String id) -> {
                SequencedMap<String, String> properties = new LinkedHashMap<>();
                if (!ADDRESS.matcher(id).matches()) {
                    ModelName name = named(properties, id);
                    if (name.organization().isPresent()) {
                        properties.put("repo_url", HUB + id);
                    }
                } else {
                    properties.put("repo_url", id);
                    Matcher onHub = ON_HUB.matcher(id);
                    if (onHub.matches()) {
                        named(properties, onHub.group(1));
                    }
                }
                yield properties;
            }
        };
    }

    private ModelName named(SequencedMap<String, String> properties, String id) {
        ModelName name = ModelName.parse(id, parameters);
        properties.put("name", name.title());
        name.organization().ifPresent(o -> properties.put("organization", o));
        name.version().ifPresent(v -> properties.put("version", v));
        return name;
    }

    private void texts(String key, String... cardKeys) {
        List<String> all = new ArrayList<>();
        for (String cardKey : cardKeys) {
            card.texts(cardKey).ifPresent(all::addAll);
        }
        if (!all.isEmpty()) {
            keys.put("general." + key, new GgufValue.Strings(all));
        }
    }

    private void put(String key, Optional<String> value) {
        value.filter(text -> !text.isEmpty())
                .ifPresent(text -> keys.put("general." + key, new GgufValue.Text(text)));
    }
}
