using System.Text;
using System.Text.RegularExpressions;
using Pawl.Metrics;
using Xunit;

namespace Pawl.Tests.Metrics;

/// <summary>What the guide to metrics shows can be written just so.</summary>
public sealed partial class MetricsGuideTests
{
    [Fact]
    public void Configurations_OfTheGuide_AreRead()
    {
        var guide = File.ReadAllText(Path.Combine(Repository.Root, "docs/guides/metrics.md")).ReplaceLineEndings("\n");
        var read = Block().Matches(guide)
            .Select(m => MetricsConfiguration.Read(Yaml.Read(Encoding.UTF8.GetBytes(m.Groups["text"].Value)).GetProperty("metrics"), name => name))
            .ToList();

        Assert.Equal(5, read.SelectMany(c => c.Definitions.Values).Select(d => d.Kind).Distinct().Count());
        Assert.Equal(4, read.SelectMany(c => c.Sources.Values).Select(s => s.GetType()).Distinct().Count());
    }

    [GeneratedRegex("^```yaml\n(?<text>.*?)^```$", RegexOptions.Singleline | RegexOptions.Multiline)]
    private static partial Regex Block();
}
