package pennyweight.converter.dialect;

import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import pennyweight.converter.model.Part;

/** A table of parts and their names, read both ways. */
final class PartNames {
    private final Map<Part, String> names = new EnumMap<>(Part.class);
    private final Map<String, Part> parts = new HashMap<>();

    PartNames with(Part part, String name) {
        names.put(part, name);
        parts.put(name, part);
        return this;
    }

    /** All entries of {@code other} too. */
    PartNames with(PartNames other) {
        other.names.forEach(this::with);
        return this;
    }

    Optional<String> name(Part part) {
        return Optional.ofNullable(names.get(part));
    }

    Optional<Part> part(String name) {
        return Optional.ofNullable(parts.get(name));
    }
}
