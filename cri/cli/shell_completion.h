// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>

#include "cri/cli/verb.h"

// Scripts that let a shell complete `berth`: verbs, options, values of options that are one of a
// few, and the names of containers, pods and images, which they ask `berth` for. Pure.
namespace berth::cli {

std::string BashCompletion(const Verb& program);
std::string ZshCompletion(const Verb& program);  // by zsh's bashcompinit

}  // namespace berth::cli
