// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "imageservice/build/instruction.h"

// What an image's history says of its steps, in the words that readers of histories know. Pure.
namespace berth::imageservice {

// RUN |1 NAME=value /bin/sh -c …; `arguments` are those of ARG.
std::string RunWords(const std::vector<std::string>& arguments,
                     const std::vector<std::string>& command);
// COPY a b /c; the sources and the destination expanded.
std::string CopyWords(const CopyInstruction& copy);
std::string WorkdirWords(const std::string& path);

// KEYWORD ["a" "b"]
std::string ListWords(const std::string& keyword, const std::vector<std::string>& words);
std::string HealthCheckWords(const HealthCheckInstruction& check);

}  // namespace berth::imageservice
