// SPDX-License-Identifier: Apache-2.0
#include "imageservice/image/chain_id.h"

#include "absl/strings/str_cat.h"

namespace berth::imageservice {

std::vector<std::string> ChainIdsOf(const std::vector<Digest>& diff_ids) {
  std::vector<std::string> chain_ids;
  for (const Digest& diff_id : diff_ids) {
    chain_ids.push_back(
        chain_ids.empty()
            ? diff_id.str()
            : Digest::OfBytes(absl::StrCat(chain_ids.back(), " ", diff_id.str())).str());
  }
  return chain_ids;
}

}  // namespace berth::imageservice
