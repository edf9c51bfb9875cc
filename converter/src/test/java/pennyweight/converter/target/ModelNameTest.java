package pennyweight.converter.target;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ModelNameTest {
    /** What gguf 0.19.0's get_model_id_components and id_to_title give. */
    @ParameterizedTest
    @CsvSource({
        "tiny-qwen35, 4148184, Tiny Qwen35,,,,,",
        "micro2b, 4148184, Micro2B,,,,,",
        "Qwen3.5-0.8B, 772845888, Qwen3.5 0.8B,, Qwen3.5,,, 0.8B",
        "Qwen/Qwen3.5-4B-Base, 4326350848, Qwen3.5 4B Base, Qwen, Qwen3.5, Base,, 4B",
        "Mistral-7B-Instruct-v0.2, 7241732096, Mistral 7B Instruct v0.2,, Mistral, Instruct, v0.2,"
                + " 7B",
        "Llama-3-Instruct-8B-128k, 8030261248, Llama 3 Instruct 8B 128k,, Llama-3, Instruct-128k,,"
                + " 8B",
        "bloom-7b1, 0, Bloom 7b1,, bloom,,, 7.1B",
        "Qwen3-30B-A3B, 0, Qwen3 30B A3B,, Qwen3,,, 30B-A3B",
        "phi-mini-4B, 0, Phi Mini 4B,, phi-mini,,, 4B",
        "Qwen3.5-9B-1M-chat-v1.2, 9197093888, Qwen3.5 9B 1M Chat v1.2,, Qwen3.5, 1m-chat, v1.2,"
                + " 9B",
        "gemma-2b-it, 4000000000, Gemma 2b It,, gemma, it,, 2B",
        "my fine model, 0, My Fine Model,,,,,",
        "./model, 0, Model,,,,,",
        "X-4B-4B-v1-Q4_K, 0, X 4B 4B v1 Q4_K,, X,, v1, 4B",
        "smollm2-135m-instruct-bf16, 134515008, Smollm2 135m Instruct Bf16,, smollm2, instruct,,"
                + " 135M",
    })
    void readsNamesAsTheConverterDoes(
            String id,
            long parameters,
            String title,
            String organization,
            String basename,
            String finetune,
            String version,
            String size) {
        assertEquals(
                new ModelName(
                        title,
                        Optional.ofNullable(organization),
                        Optional.ofNullable(basename),
                        Optional.ofNullable(finetune),
                        Optional.ofNullable(version),
                        Optional.ofNullable(size)),
                ModelName.parse(id, parameters));
    }

    @ParameterizedTest
    @CsvSource({
        "752393024, 752M",
        "1881825088, 1.9B",
        "4148184, 4.1M",
        "9953803264, 10B",
        "999, 1.0K",
        "999999, 1000K",
        "9950000, 10M",
        "12, 0.01K",
        "1500000000000, 1.5T",
    })
    void sizesInTheFewestDigits(long parameters, String label) {
        assertEquals(label, ModelName.sizeLabel(parameters));
    }
}
