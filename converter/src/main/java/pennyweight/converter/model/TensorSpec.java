package pennyweight.converter.model;

import pennyweight.formats.Shape;

/** A tensor that a model must have, with its shape as Hugging Face stores it. */
public record TensorSpec(Role role, Shape shape) {}
