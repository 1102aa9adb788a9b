using Pawl.Experiments;

namespace Pawl.Tests.Experiments;

/// <summary>Contracts as the tests draw them up.</summary>
internal static class Contracts
{
    public static PolicyJudgement Allowed { get; } = new("exp_policy.v1", [new PolicyFinding("exp_policy.v1#domains", true, "")], DemandsApproval: false);

    public static Contract Of(string request) => Contract.Create(Requests.Read(request), Requests.Metrics, Allowed);

    /// <summary>The contract of the minimal request, with other lines.</summary>
    public static Contract With(params (string Member, string Line)[] changes) =>
        Of(changes.Aggregate(Requests.Minimal, (text, change) => Requests.With(text, change.Member, change.Line)));
}
