// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "CLI/CLI.hpp"

// Scripts that let a shell complete `berth`: verbs, options, values of options that are one of a
// few, and the names of containers, pods and images, which they ask `berth` for. Pure.
namespace berth::cli {

std::string BashCompletion(const CLI::App& root);
std::string ZshCompletion(const CLI::App& root);  // by zsh's bashcompinit

}  // namespace berth::cli
