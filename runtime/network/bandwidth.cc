// SPDX-License-Identifier: Apache-2.0
#include "runtime/network/bandwidth.h"

#include <cmath>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace berth::runtime {
namespace {

constexpr double kLowest = 1e3;
constexpr double kHighest = 1e15;
constexpr size_t kMaxQuantity = 64;

// The factor that a suffix stands for; nullopt when it is none.
std::optional<double> FactorOf(absl::string_view suffix) {
  static constexpr struct {
    absl::string_view suffix;
    double factor;
  } kFactors[] = {
      {"", 1},        {"m", 1e-3},    {"k", 1e3},     {"M", 1e6},     {"G", 1e9},
      {"T", 1e12},    {"P", 1e15},    {"E", 1e18},    {"Ki", 0x1p10}, {"Mi", 0x1p20},
      {"Gi", 0x1p30}, {"Ti", 0x1p40}, {"Pi", 0x1p50}, {"Ei", 0x1p60},
  };
  for (const auto& known : kFactors) {
    if (known.suffix == suffix) {
      return known.factor;
    }
  }
  int exponent = 0;
  if (suffix.size() > 1 && (suffix[0] == 'e' || suffix[0] == 'E') &&
      absl::SimpleAtoi(suffix.substr(1), &exponent) && std::abs(exponent) <= 18) {
    return std::pow(10, exponent);
  }
  return std::nullopt;
}

}  // namespace

absl::StatusOr<int64_t> ParseBandwidth(absl::string_view quantity) {
  size_t digits = 0;
  while (digits < quantity.size() &&
         (absl::ascii_isdigit(static_cast<unsigned char>(quantity[digits])) ||
          quantity[digits] == '.')) {
    ++digits;
  }
  double number = 0;
  const std::optional<double> factor = FactorOf(quantity.substr(digits));
  if (quantity.size() > kMaxQuantity || !factor.has_value() ||
      !absl::SimpleAtod(quantity.substr(0, digits), &number)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", quantity.substr(0, kMaxQuantity), "\" is no quantity"));
  }
  const double rate = std::ceil(number * *factor);
  if (!(rate >= kLowest && rate <= kHighest)) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", quantity, "\" is not between 1k and 1P bits a second"));
  }
  return static_cast<int64_t>(rate);
}

}  // namespace berth::runtime
