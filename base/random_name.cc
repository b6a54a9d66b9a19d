// SPDX-License-Identifier: Apache-2.0
#include "base/random_name.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace berth {
namespace {

constexpr absl::string_view kAdjectives[] = {
    "able",  "agile",  "amber",   "ample",  "blithe", "bold",    "brave",  "breezy", "bright",
    "brisk", "calm",   "candid",  "clear",  "clever", "coastal", "crisp",  "daring", "deep",
    "eager", "early",  "earnest", "fair",   "fleet",  "fluent",  "fond",   "frank",  "free",
    "fresh", "gentle", "glad",    "golden", "hale",   "handy",   "happy",  "hardy",  "keen",
    "kind",  "light",  "lively",  "loyal",  "lucid",  "mellow",  "merry",  "mild",   "modest",
    "neat",  "nimble", "noble",   "placid", "plain",  "polite",  "prime",  "proud",  "quick",
    "quiet", "ready",  "robust",  "serene", "sharp",  "silver",  "smooth", "snug",   "sober",
    "spry",  "steady", "stout",   "sunny",  "swift",  "tidal",   "trim",   "true",   "upright",
    "vivid", "warm",   "wise",    "witty"};

// Of the water and its shores.
constexpr absl::string_view kNouns[] = {
    "albatross",  "anchor",   "auk",       "avocet",    "barque",  "beacon",  "bittern",
    "bollard",    "bosun",    "brig",      "buoy",      "canoe",   "capstan", "clipper",
    "compass",    "coracle",  "cormorant", "corvette",  "cove",    "cutter",  "delta",
    "dinghy",     "dory",     "dunlin",    "eider",     "estuary", "ferry",   "fjord",
    "frigate",    "fulmar",   "gannet",    "gull",      "harbour", "heron",   "island",
    "jetty",      "kayak",    "ketch",     "kittiwake", "lagoon",  "lantern", "lapwing",
    "lighthouse", "lugger",   "mast",      "mole",      "mooring", "narrows", "oar",
    "osprey",     "oyster",   "pelican",   "petrel",    "pier",    "pilot",   "plover",
    "porpoise",   "puffin",   "quay",      "raft",      "reef",    "rudder",  "sail",
    "sandpiper",  "schooner", "sextant",   "shoal",     "shore",   "skiff",   "skipper",
    "sloop",      "spar",     "strait",    "tender",    "tern",    "tide",    "tiller",
    "trawler",    "tug",      "walrus",    "wharf",     "whale",   "yawl"};

}  // namespace

std::string RandomName(uint64_t number, char separator) {
  return absl::StrCat(kAdjectives[number % std::size(kAdjectives)],
                      absl::string_view(&separator, 1),
                      kNouns[number / std::size(kAdjectives) % std::size(kNouns)]);
}

}  // namespace berth
