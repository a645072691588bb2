// The blocks that layers are made of: their weight tensors, what they keep, and the operations they run, each written
// once. A block is told to a *pass*, which collects what it is for: the weights and their bytes, or the graph of
// operations. A pass has a type `value` for what flows between operations, and these members:
//     weight(name, layer, shape, part)      a weight tensor
//     get_rows mul_mat mul_mat_id add ...   the operations, with the operands and shapes of ggml's
//     tokens()                              tokens of the pass
//     attend(...)                           attention of queries over the cache of a layer, which it stores into
//     load_state(...), store_state(...)     the state that a layer keeps of each sequence
// Source of names, shapes and order: llama.cpp v0.5.0, src/llama-graph.cpp, src/models/*.cpp.
#ifndef MEMBOUND_BLOCKS_HPP
#define MEMBOUND_BLOCKS_HPP

#include <membound/blocks/altup.hpp>
#include <membound/blocks/attended_residuals.hpp>
#include <membound/blocks/attention.hpp>
#include <membound/blocks/compressed_attention.hpp>
#include <membound/blocks/delta_net.hpp>
#include <membound/blocks/embeddings.hpp>
#include <membound/blocks/encoder_decoder.hpp>
#include <membound/blocks/experts.hpp>
#include <membound/blocks/feed_forward.hpp>
#include <membound/blocks/hyper_connections.hpp>
#include <membound/blocks/latent_attention.hpp>
#include <membound/blocks/lightning_attention.hpp>
#include <membound/blocks/linear.hpp>
#include <membound/blocks/ngram_embedding.hpp>
#include <membound/blocks/rwkv.hpp>
#include <membound/blocks/short_convolution.hpp>
#include <membound/blocks/per_layer_embedding.hpp>
#include <membound/blocks/sound_decoder.hpp>
#include <membound/blocks/sparse_indexer.hpp>
#include <membound/blocks/state_space.hpp>
#include <membound/blocks/switched_adapters.hpp>
#include <membound/blocks/visual_experts.hpp>

#endif
