using System.Text;
using Pawl.Experiments.Files;

namespace Pawl.Tests.Experiments.Files;

/// <summary>Analyses made in a test.</summary>
internal static class Analyzed
{
    public const string File = "data.csv";

    public static AnalysisReport Text(string csv, params string[] metrics) => Bytes(Encoding.UTF8.GetBytes(csv), metrics);

    public static AnalysisReport Bytes(byte[] csv, params string[] metrics) => Request(metrics).Run(new MemoryStream(csv), File);

    public static FileAnalysis Request(params string[] metrics) => new()
    {
        Unit = "unit",
        Arm = "arm",
        Control = "c",
        Metrics = [.. metrics.Select(MetricColumn.Parse)],
        Rule = new AnalysisRule { Method = AnalysisMethod.Fixed },
    };

    public static ReplayReport Checkpoints(string csv, AnalysisMethod method = AnalysisMethod.Peeking, string? split = null) =>
        new Replay { Rule = new AnalysisRule { Method = method }, Split = split is null ? null : ArmSplit.Parse(split) }.Run(new MemoryStream(Encoding.UTF8.GetBytes(csv)), File);
}
