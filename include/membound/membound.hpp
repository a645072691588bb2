// membound: bounds on a language model's memory, before anything is loaded.
//
// This is the whole core: values, families, quantizations, the rules of engines, the questions and both doors. Beside
// it stand the catalogues <membound/models/...> and <membound/devices/...>, and the hosted headers <membound/read/...>.
#ifndef MEMBOUND_MEMBOUND_HPP
#define MEMBOUND_MEMBOUND_HPP

#include <membound/architectures/all.hpp>
#include <membound/changes.hpp>
#include <membound/deployment.hpp>
#include <membound/engines/all.hpp>
#include <membound/network.hpp>
#include <membound/quality.hpp>
#include <membound/quantizations.hpp>
#include <membound/throughput.hpp>
#include <membound/training.hpp>

#endif
