// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <locale.h>

namespace berth::imageservice {

// libarchive converts names to the locale's character set, in a UTF-8 locale with Unicode
// normalisation. In the C locale, in which the calling thread is as long as this lives, it leaves
// the bytes alone (with a warning).
class WithLocale {
 public:
  explicit WithLocale(locale_t locale) : previous_(uselocale(locale)) {}
  ~WithLocale() { uselocale(previous_); }
  WithLocale(const WithLocale&) = delete;
  WithLocale& operator=(const WithLocale&) = delete;

 private:
  locale_t previous_;
};

}  // namespace berth::imageservice
