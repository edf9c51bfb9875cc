package pennyweight.cli;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import pennyweight.cli.inspect.Inspection;
import pennyweight.formats.json.JsonFile;
import tools.jackson.databind.JsonNode;

/** An inspection for people. */
final class InspectionText {
    private static final int LONGEST_VALUE = 100;

    private final Inspection inspection;

    InspectionText(Inspection inspection) {
        this.inspection = inspection;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(Text.path(inspection.path()))
                .append(": ")
                .append(inspection.format())
                .append(", ")
                .append(Text.count(inspection.tensors().size(), "tensor"))
                .append(", ")
                .append(Text.count(inspection.elements(), "number"))
                .append(", ")
                .append(Text.count(inspection.bytes()))
                .append(" bytes\n");
        for (Table table : List.of(files(), metadata(), types(), tensors())) {
            text.append(table.isEmpty() ? "" : "\n" + table);
        }
        inspection
                .problems()
                .forEach(p -> text.append("\nnote: ").append(JsonFile.printable(p)).append('\n'));
        return text.toString();
    }

    private Table files() {
        Table table = new Table().text("file").number("bytes");
        inspection
                .files()
                .forEach(f -> table.row(JsonFile.printable(f.name()), Text.count(f.bytes())));
        return table;
    }

    private Table metadata() {
        Table table = new Table().text("metadata").text("value");
        inspection.metadata().forEach((key, value) -> add(table, key, value));
        return table;
    }

    private static void add(Table table, String key, Object value) {
        switch (value) {
            case JsonNode node when node.isObject() ->
                    node.forEachEntry((name, inner) -> add(table, key + "." + name, inner));
            case Map<?, ?> map when map.containsKey("array") ->
                    table.row(
                            JsonFile.printable(key),
                            clipped(
                                    map.get("count")
                                            + " x "
                                            + map.get("array")
                                            + ": "
                                            + map.get("first")));
            case Map<?, ?> map -> map.forEach((name, inner) -> add(table, key + "." + name, inner));
            default -> table.row(JsonFile.printable(key), clipped(String.valueOf(value)));
        }
    }

    private static String clipped(String value) {
        String line = JsonFile.printable(value);
        return line.length() <= LONGEST_VALUE ? line : line.substring(0, LONGEST_VALUE - 3) + "...";
    }

    private Table types() {
        Table table = new Table().text("type").number("tensors").number("numbers");
        table.number("bytes");
        Map<String, List<Inspection.Tensor>> byType =
                inspection.tensors().stream()
                        .collect(
                                Collectors.groupingBy(
                                        Inspection.Tensor::type,
                                        TreeMap::new,
                                        Collectors.toList()));
        byType.forEach((type, all) ->
                table.row(
                        JsonFile.printable(type),
                        Text.count(all.size()),
                        Text.count(all.stream().mapToLong(Inspection.Tensor::elements).sum()),
                        Text.count(all.stream().mapToLong(Inspection.Tensor::bytes).sum())));
        return table;
    }

    private Table tensors() {
        boolean noted = inspection.tensors().stream().anyMatch(t -> !t.note().isEmpty());
        boolean several = inspection.files().size() > 1;
        Table table = new Table().text("tensor").text("type").text("shape").number("bytes");
        table.text(several ? "file" : "").text(noted ? "note" : "");
        for (Inspection.Tensor t : inspection.tensors()) {
            table.row(
                    JsonFile.printable(t.name()),
                    JsonFile.printable(t.type()),
                    t.shape().toString(),
                    Text.count(t.bytes()),
                    several ? JsonFile.printable(t.file()) : "",
                    t.note());
        }
        return table;
    }
}
