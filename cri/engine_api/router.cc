// SPDX-License-Identifier: Apache-2.0
#include "cri/engine_api/router.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

#include "base/log.h"
#include "cri/engine_api/engine_error.h"

namespace berth::cri {
namespace {

void TellError(Exchange& exchange, const absl::Status& status) {
  const EngineRequest& request = exchange.request();
  LogDebug("a request failed",
           {{"method", request.method}, {"path", request.path}, {"error", status.message()}});
  if (exchange.answered()) {
    exchange.Write(ErrorLine(status) + "\r\n");
  } else {
    SendError(exchange, HttpCodeOf(status), status);
  }
}

}  // namespace

bool Router::Route::Matches(absl::string_view path, std::string& name) const {
  if (!has_star) {
    return path == before;
  }
  const bool matches = path.size() > before.size() + after.size() &&
                       absl::StartsWith(path, before) && absl::EndsWith(path, after);
  if (matches) {
    name = std::string(path.substr(before.size(), path.size() - before.size() - after.size()));
  }
  return matches;
}

void Router::Add(absl::string_view method, absl::string_view pattern, Handler handler) {
  const std::vector<std::string> parts = absl::StrSplit(pattern, absl::MaxSplits('*', 1));
  const bool has_star = parts.size() == 2;
  Route route{std::string(method), parts[0], has_star ? parts[1] : "", has_star,
              std::move(handler)};
  const auto length = [](const Route& each) { return each.before.size() + each.after.size(); };
  const auto place =
      std::upper_bound(routes_.begin(), routes_.end(), route,
                       [&](const Route& a, const Route& b) { return length(a) > length(b); });
  routes_.insert(place, std::move(route));
}

void Router::Serve(Exchange& exchange) const {
  const EngineRequest& request = exchange.request();
  bool path_is_known = false;
  for (const Route& route : routes_) {
    std::string name;
    if (!route.Matches(request.path, name)) {
      continue;
    }
    path_is_known = true;
    if (route.method == request.method) {
      if (absl::Status status = route.handler(exchange, name); !status.ok()) {
        TellError(exchange, status);
      }
      return;
    }
  }
  if (path_is_known) {
    SendError(exchange, 405, absl::UnimplementedError("method not allowed"));
  } else {
    SendError(exchange, 404, absl::NotFoundError("page not found"));
  }
}

}  // namespace berth::cri
