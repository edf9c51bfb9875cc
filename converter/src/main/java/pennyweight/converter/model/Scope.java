package pennyweight.converter.model;

/** The part of a model that a tensor belongs to. */
public enum Scope {
    /** The text decoder. */
    TEXT,
    /** The multi-token prediction head. */
    MTP,
    /** The vision tower and its merger. */
    VISION
}
