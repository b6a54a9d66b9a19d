// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

#include "cri/engine_api/exchange.h"

namespace berth::cri {

// Which handler answers which method and path. Filled before it serves; thread-safe from then on.
class Router {
 public:
  // `name` is what stands in the place of the star; empty without one.
  using Handler = std::function<absl::Status(Exchange& exchange, const std::string& name)>;

  // `pattern` is a path, perhaps with one "*", which stands for at least one character, slashes
  // too: "/images/*/json". Of the patterns that match the one with the longest text counts.
  void Add(absl::string_view method, absl::string_view pattern, Handler handler);

  // Runs the handler and tells its error. 404 "page not found" where there is none; 405 where there
  // is one for another method.
  void Serve(Exchange& exchange) const;

 private:
  struct Route {
    std::string method;
    std::string before;  // the star
    std::string after;
    bool has_star;
    Handler handler;

    bool Matches(absl::string_view path, std::string& name) const;
  };

  std::vector<Route> routes_;  // longest text first
};

}  // namespace berth::cri
