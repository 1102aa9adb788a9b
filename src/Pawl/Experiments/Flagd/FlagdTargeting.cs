using System.Text.Json;
using Pawl.Flags;

namespace Pawl.Experiments.Flagd;

/// <summary>
/// A contract's split as flagd's targeting. Two hashes, each with a seed of its own: the first says who is in, the second who gets which arm, so that a wider
/// coverage brings units in and moves none between arms. Units that are not in get the variant <see cref="Outside"/>, so that nobody counts them for the control.
/// </summary>
internal static class FlagdTargeting
{
    /// <summary>The variant of units outside the experiment; it has the control's value.</summary>
    public const string Outside = "off";

    private const int SharesPerPercent = 10_000;
    private const double Tolerance = 1e-6;

    /// <summary>Writes it.</summary>
    /// <exception cref="BadInputException">flagd cannot express a rule or a share.</exception>
    public static JsonElement Of(Contract contract, double coverage)
    {
        var request = contract.Request;
        var shares = Shares(request.Arms);
        return Json.Object(to =>
        {
            to.WriteStartArray("if");
            JsonLogic.Call(to, "and", () => WhoIsIn(to, contract, coverage));
            Fractional(to, contract, "split", [.. request.Arms.Select((arm, i) => (arm.Name, shares[i]))]);
            to.WriteStringValue(Outside);
            to.WriteEndArray();
        });
    }

    private static void WhoIsIn(Utf8JsonWriter to, Contract contract, double coverage)
    {
        // A unit without a name would be everybody without one.
        JsonLogic.Call(to, "!!", () => JsonLogic.Attribute(to, contract.Request.Unit));
        if (contract.Request.ExposureRules is { Count: > 0 } rules) JsonLogic.Write(to, ExposureRule.CompileAll(rules));
        if (coverage >= 100) return;
        var covered = Share(coverage, "coverage");
        JsonLogic.Call(to, "===", () =>
        {
            Fractional(to, contract, "coverage", [("in", covered), (Outside, (100 * SharesPerPercent) - covered)]);
            to.WriteStringValue("in");
        });
    }

    private static void Fractional(Utf8JsonWriter to, Contract contract, string purpose, IReadOnlyList<(string Name, int Share)> parts) => JsonLogic.Call(to, "fractional", () =>
    {
        JsonLogic.Call(to, "cat", () =>
        {
            to.WriteStringValue($"{contract.Terms.Seed}:{purpose}:");
            JsonLogic.Attribute(to, contract.Request.Unit);
        });
        foreach (var (name, share) in parts)
        {
            to.WriteStartArray();
            to.WriteStringValue(name);
            to.WriteNumberValue(share);
            to.WriteEndArray();
        }
    });

    // Thirds have no decimals that are exact; as equal shares they have.
    private static int[] Shares(IReadOnlyList<Arm> arms) =>
        arms.All(arm => Math.Abs(arm.Percent - arms[0].Percent) < Tolerance) ? [.. arms.Select(_ => 1)] : [.. arms.Select(arm => Share(arm.Percent, $"share of {arm.Name}"))];

    private static int Share(double percent, string name)
    {
        var share = percent * SharesPerPercent;
        return Math.Abs(share - Math.Round(share)) < Tolerance
            ? (int)Math.Round(share)
            : throw new BadInputException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"flagd takes whole shares only, so the {name}, {percent} percent, can have four decimals at most. Round it."));
    }
}
