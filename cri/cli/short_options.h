// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "cri/cli/verb.h"

namespace berth::cli {

// The words of a command line with what docker takes and CLI11 does not: a value behind a short
// option's `=`. "-p=80:80" becomes two words, "-a=false" of a flag "--all=false". What follows the
// words of a verb that hands them on is left alone. Pure.
std::vector<std::string> SplitShortOptions(const Verb& program, std::vector<std::string> words);

}  // namespace berth::cli
