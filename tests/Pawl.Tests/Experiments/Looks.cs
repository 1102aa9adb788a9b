using Pawl.Experiments;
using Pawl.Statistics;

namespace Pawl.Tests.Experiments;

/// <summary>Looks at an experiment of one treatment with two guardrails, from one at which nothing is decided.</summary>
internal static class Looks
{
    public static readonly Guardrail Defects = new Guardrail.Limit("defect_rate", 0.02, Side.Less, false);
    public static readonly Guardrail Refunds = new Guardrail.Harm("refunds", 0.01);

    private const string Guardrails = """guardrails: [{name: defect_rate, threshold: 0.02, direction: "<"}, {name: refunds, max_harm: 0.01}]""";

    public static Contract Contract(params (string Member, string Line)[] changes) => Contracts.With([("guardrails", Guardrails), .. changes]);

    public static Look Quiet(params string[] treatments) => new()
    {
        ElapsedHours = 72,
        MayDecide = true,
        Split = new SplitResult.Tested(0.4),
        Exposed = 2000,
        Crossovers = 3,
        Arms = [new ArmLook { Name = "control", Units = 1000 }, .. (treatments.Length == 0 ? ["treatmentA"] : treatments).Select(Arm)],
    };

    public static ArmLook Arm(string name) => new() { Name = name, Units = 1000, Primary = Primary(0.001, 0.03), Guardrails = [Holds(Defects), Holds(Refunds)] };

    /// <summary>An interval around an estimate, with a p-value that says the same of zero.</summary>
    public static PrimaryLook Primary(double estimate, double half, double? p = null)
    {
        var tested = new TwoSidedResult.Tested(estimate, half / 3, estimate - half, estimate + half, p ?? (Math.Abs(estimate) > half ? 0.001 : 0.4));
        return new PrimaryLook(new Readiness.Ready(0), tested, tested);
    }

    public static PrimaryLook Untested(Reason reason) => new(new Readiness.Undecided(reason), new TwoSidedResult.Untested(reason), new TwoSidedResult.Untested(reason));

    public static GuardrailLook Holds(Guardrail guardrail) => new(guardrail, new GuardrailResult.Holds(0, 0.005));

    public static GuardrailLook Breached(Guardrail guardrail) => new(guardrail, new GuardrailResult.Breached(0.05, 0.03));

    public static GuardrailLook Undecided(Guardrail guardrail, Reason? reason = null) => new(guardrail, new GuardrailResult.Undecided(reason));

    public static Look With(this Look look, string arm, Func<ArmLook, ArmLook> change) => look with { Arms = [.. look.Arms.Select(a => a.Name == arm ? change(a) : a)] };

    public static Look WithPrimary(this Look look, PrimaryLook primary, string arm = "treatmentA") => look.With(arm, a => a with { Primary = primary });

    public static Look WithGuardrail(this Look look, GuardrailLook guardrail, string arm = "treatmentA") =>
        look.With(arm, a => a with { Guardrails = [.. a.Guardrails.Where(g => g.Guardrail != guardrail.Guardrail), guardrail] });
}
