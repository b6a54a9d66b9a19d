// SPDX-License-Identifier: Apache-2.0
#include <cstdlib>
#include <exception>

#include "base/log.h"
#include "boost/asio/impl/src.hpp"
#include "boost/beast/src.hpp"

// Where Boost would throw: out of memory, or a descriptor that epoll refuses when a loop is made.
namespace boost {

struct source_location;

void throw_exception(const std::exception& error);
void throw_exception(const std::exception& error, const source_location& where);

void throw_exception(const std::exception& error) {
  berth::LogError("the streaming server cannot go on", {{"error", error.what()}});
  std::abort();
}

void throw_exception(const std::exception& error, const source_location&) {
  throw_exception(error);
}

}  // namespace boost
