namespace Pawl.Experiments;

/// <summary>The rule that was registered.</summary>
public static class VerdictRule
{
    /// <summary>The version of this rule, part of every contract.</summary>
    public const string Version = "verdict.v1";
}
