// What llama.cpp computes for a GGUF file: logits after every token of a prompt, and what it said while loading.
//
// usage: node llama.mjs IDS.json MODEL.gguf OUT.npy
// IDS.json is a list of token ids; OUT.npy is float32 [ids, vocabulary]. Warnings and errors go to standard output, one a line.
// On the CPU with two threads; the attention cache is float32 and there is no flash attention, so what is left of llama.cpp's
// own rounding is that of its matrix kernels.
import fs from "node:fs";
import {getLlama, GgmlType, LlamaLogLevel} from "node-llama-cpp";

const [idsPath, modelPath, outPath] = process.argv.slice(2);
const ids = JSON.parse(fs.readFileSync(idsPath, "utf8"));
const llama = await getLlama({
    gpu: false,
    build: "never",
    maxThreads: 2,
    logLevel: LlamaLogLevel.warn,
    logger: (level, message) => console.log(`${level}: ${message.trim()}`)
});
const model = await llama.loadModel({modelPath, gpuLayers: 0});
const context = await model.createContext({
    contextSize: ids.length + 1,
    batchSize: ids.length + 1,
    threads: 2,
    flashAttention: false,
    experimentalKvCacheKeyType: GgmlType.F32,
    experimentalKvCacheValueType: GgmlType.F32
});
const all = ids.map((id) => [id, {generateNext: {logits: true}}]);
const outputs = await context.getSequence().controlledEvaluate(all);
const vocabulary = outputs[0].next.logits.size;
const logits = new Float32Array(ids.length * vocabulary);
outputs.forEach((output, position) => {
    for (const [token, logit] of output.next.logits)
        logits[position * vocabulary + token] = logit;
});
let header = `{'descr': '<f4', 'fortran_order': False, 'shape': (${ids.length}, ${vocabulary}), }`;
header = header.padEnd(64 * Math.ceil((10 + header.length + 1) / 64) - 11) + "\n";
const start = Buffer.from("\x93NUMPY\x01\x00\x00\x00", "latin1");
start.writeUInt16LE(header.length, 8);
fs.writeFileSync(outPath, Buffer.concat([start, Buffer.from(header, "latin1"), Buffer.from(logits.buffer)]));
await llama.dispose();
