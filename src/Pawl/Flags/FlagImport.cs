using System.Text.Json;

namespace Pawl.Flags;

/// <summary>
/// Flags read from a GrowthBook SDK payload. Each value becomes a named variant: <c>on</c> and <c>off</c> for booleans, the key or name that an
/// experiment's <c>meta</c> gives it, else <c>v0</c>, <c>v1</c>, …. Numbers that are equal are one value. Groups of ids that conditions ask for
/// (<c>$inGroup</c>) are written into them (<c>$in</c>), so that a flag's document says all there is to say.
/// </summary>
public sealed class FlagImport
{
    private const int ShownRefusals = 20;

    private FlagImport(IReadOnlyList<Flag> flags, IReadOnlyList<string> ignored) => (Flags, Ignored) = (flags, ignored);

    /// <summary>The flags, each after the prerequisites it has among them; their version is 0.</summary>
    public IReadOnlyList<Flag> Flags { get; }

    /// <summary>Members of the payload that say nothing about flags and were passed over.</summary>
    public IReadOnlyList<string> Ignored { get; }

    /// <summary>Reads a payload.</summary>
    /// <param name="payload">Its UTF-8, at most <see cref="Limits.FlagPayloadBytes"/>.</param>
    /// <param name="encryptionKey">The key of encrypted payloads, base64.</param>
    /// <exception cref="BadInputException">It is no payload, or holds what no flag can hold; the message has the path to what is wrong.</exception>
    public static FlagImport Read(ReadOnlyMemory<byte> payload, string? encryptionKey = null) => FlagJson.Refusing("The payload", () =>
    {
        if (payload.Length > Limits.FlagPayloadBytes) throw new JsonShapeException($"{payload.Length} bytes are more than the {Limits.FlagPayloadBytes} allowed");
        return Read(FlagJson.Parsed(payload), encryptionKey);
    });

    private static FlagImport Read(JsonElement payload, string? encryptionKey)
    {
        JsonShape.Expect(payload, JsonValueKind.Object, "an object");
        if (!EncryptedPayload.TryDecrypt(payload, encryptionKey, out var plain, out var reason)) throw new JsonShapeException(reason);
        JsonElement features = default, groups = default;
        var ignored = new List<string>();
        JsonShape.Members(plain, (name, value) =>
        {
            switch (name)
            {
                case "features": features = value; break;
                case "savedGroups": groups = value; break;
                case "dateUpdated" or "status": break;
                default: ignored.Add(name); break;
            }
        });
        if (features.ValueKind == JsonValueKind.Undefined) throw new JsonShapeException("a payload has features, or encryptedFeatures and a key for them");
        return new FlagImport(ParentsFirst(ReadAll(features, new ImportedGroups(groups))), ignored);
    }

    // All that is wrong is said at once: a payload has many authors.
    private static List<Flag> ReadAll(JsonElement features, ImportedGroups groups)
    {
        var (flags, refused) = (new List<Flag>(), new List<string>());
        JsonShape.Within("features", () => JsonShape.Members(features, (key, feature) =>
        {
            try
            {
                flags.Add(Flag(key, feature, groups));
            }
            catch (JsonShapeException e)
            {
                refused.Add(e.Inside(key).Inside("features").Message);
            }
        }));
        if (refused.Count == 0) return flags;
        var shown = refused.Count <= ShownRefusals ? refused : [.. refused.Take(ShownRefusals), $"and {refused.Count - ShownRefusals} more"];
        throw new BadInputException($"{refused.Count} of the payload's {flags.Count + refused.Count} flags cannot be used, so none is taken over:\n  {string.Join("\n  ", shown)}");
    }

    private static List<Flag> ParentsFirst(List<Flag> flags)
    {
        var byKey = flags.ToDictionary(flag => flag.Key, StringComparer.Ordinal);
        var (ordered, placed, path) = (new List<Flag>(flags.Count), new HashSet<string>(StringComparer.Ordinal), new List<string>());
        foreach (var flag in flags) Place(flag);
        return ordered;

        void Place(Flag flag)
        {
            if (path.IndexOf(flag.Key) is var at and >= 0)
                throw new JsonShapeException($"the prerequisites go round in a circle: {string.Join(" → ", path[at..])} → {flag.Key}").Inside("features");
            if (placed.Contains(flag.Key)) return;
            if (path.Count > Limits.PrerequisiteDepth) throw new JsonShapeException($"{path[0]} waits for more than {Limits.PrerequisiteDepth} flags one behind the other").Inside("features");
            path.Add(flag.Key);
            foreach (var key in flag.Prerequisites)
            {
                if (byKey.TryGetValue(key, out var parent)) Place(parent);
            }

            path.RemoveAt(path.Count - 1);
            placed.Add(flag.Key);
            ordered.Add(flag);
        }
    }

    private static Flag Flag(string key, JsonElement feature, ImportedGroups groups)
    {
        if (FlagJson.NameFault(key) is { } fault) throw new JsonShapeException(fault);
        var names = new VariantNames();
        JsonElement fallback = default;
        var rules = new List<JsonElement>();
        var extra = new List<(string, JsonElement)>();
        JsonShape.Members(feature, (name, value) =>
        {
            switch (name)
            {
                case "defaultValue": fallback = value; break;
                case "rules": rules = JsonShape.List(value, JsonShape.Object); break;
                default: extra.Add((name, value)); break;
            }
        });
        foreach (var rule in rules) names.AddNamed(rule);
        JsonShape.Within("rules", () => PatternCheck.ExpectFew(rules));
        var fallbackName = fallback.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : names.Of(fallback);
        var read = new List<FlagRule>();
        JsonShape.Within("rules", () => read.AddRange(Rules(rules, names, groups)));
        if (names.Variants.Count == 0) names.Of(Json.Null); // it never has a value, but a flag has a variant
        return new Flag
        {
            Key = key,
            Variants = names.Variants,
            Default = fallbackName,
            Rules = read,
            HashVersion = read.TrueForAll(rule => !rule.Hashes || rule.Document.TryGetProperty("hashVersion", out _)) ? 2 : 1,
            Extra = extra.Count == 0 ? default : Json.Object(to =>
            {
                foreach (var (name, value) in extra) Json.WriteMember(to, name, value);
            }),
        };
    }

    private static List<FlagRule> Rules(List<JsonElement> rules, VariantNames names, ImportedGroups groups)
    {
        if (rules.Count > Limits.FlagRules) throw new JsonShapeException($"{rules.Count} rules are more than the {Limits.FlagRules} allowed");
        var read = new List<FlagRule>(rules.Count);
        foreach (var rule in rules)
        {
            try
            {
                read.Add(FlagRuleReader.Read(PayloadRule.Named(rule, names, groups), variants: null));
            }
            catch (JsonShapeException e)
            {
                throw e.Inside(read.Count);
            }
        }

        return read;
    }
}
