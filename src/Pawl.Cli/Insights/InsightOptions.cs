using System.CommandLine;

namespace Pawl.Cli.Insights;

/// <summary>Options that several insight commands have.</summary>
internal static class InsightOptions
{
    public static Option<string> Goal() => new("--goal") { Description = "The goal whose runs to look at.", HelpName = "GOAL", Required = true };
}
