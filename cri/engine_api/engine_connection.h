// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "absl/functional/function_ref.h"
#include "absl/time/time.h"

#include "base/sys/fd.h"
#include "cri/engine_api/exchange.h"
#include "cri/engine_head.h"

namespace berth::cri {

inline constexpr absl::Duration kEngineIdle = absl::Minutes(5);       // between requests
inline constexpr absl::Duration kEngineSendTime = absl::Seconds(60);  // that a client may not read
inline constexpr absl::Duration kEngineHeadTime = absl::Seconds(30);  // for a head to come whole

inline constexpr absl::Duration kEngineBodyIdle = absl::Minutes(5);  // between bytes of a body

// Serves the requests of one client, one after the other (HTTP/1.1), until it or its handler ends
// the connection; blocks. `socket` stays open for others to shut it down: that ends everything. Of
// a body of which nothing comes for `body_idle` the handler hears InvalidArgument.
void ServeConnection(const sys::Fd& socket, absl::FunctionRef<void(Exchange&)> serve,
                     absl::Duration body_idle = kEngineBodyIdle);

}  // namespace berth::cri
