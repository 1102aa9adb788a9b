using System.Text;
using Pawl.Experiments.Golden;

namespace Pawl.Cli.Demo;

/// <summary>The two changes that the demo tries out: requests as people write them, and users who answer them.</summary>
internal static class DemoWorlds
{
    /// <summary>A change for the better.</summary>
    public static DemoWorld Better { get; } = new(
        """
        domain: prompts
        slug: v7
        treatment_spec:
          control:    {prompt: assistant-v6}
          treatmentA: {prompt: assistant-v7}
        hypothesis: "v7 solves more tickets, without more complaints"
        primary_metric: solved
        guardrails:
          - {name: complaints, threshold: 0.05, direction: "<"}   # the healthy side: must stay below
        mde: 0.04                                                 # the smallest effect worth finding
        max_duration_days: 14
        baseline: {mean: 0.62, units_per_day: 600}
        ramp: [20, 100]                                           # percent of the users, in steps
        guardrail_hours: 24
        """,
        """
        world:
          units_per_day: 600
          metrics:
            solved:     {arms: {control: 0.62, treatmentA: 0.655}}
            complaints: {better: lower, arms: {control: 0.02, treatmentA: 0.022}}
        seed: 2
        """);

    /// <summary>A change that does what it was made for, and harm besides from its second day on.</summary>
    public static DemoWorld Harmful { get; } = new(
        """
        domain: prompts
        slug: v8
        treatment_spec:
          control:    {prompt: assistant-v7}
          treatmentA: {prompt: assistant-v8}
        hypothesis: "v8 solves even more"
        primary_metric: solved
        guardrails:
          - {name: complaints, threshold: 0.05, direction: "<"}
        mde: 0.04
        max_duration_days: 14
        baseline: {mean: 0.66, units_per_day: 600}
        guardrail_hours: 12
        """,
        """
        world:
          units_per_day: 600
          metrics:
            solved:     {arms: {control: 0.66, treatmentA: 0.69}}
            complaints: {better: lower, arms: {control: 0.02, treatmentA: 0.02}}
        faults: [{kind: shift, day: 1.5, metric: complaints, arm: treatmentA, to: 0.16}]
        seed: 3
        """);
}

/// <summary>A request, and the users who answer it.</summary>
/// <param name="Request">The request, in YAML.</param>
/// <param name="Answers">What the users do, in YAML.</param>
internal sealed record DemoWorld(string Request, string Answers)
{
    /// <summary>Both as one trace.</summary>
    public GoldenTrace Trace => GoldenReader.Read(Encoding.UTF8.GetBytes($"name: demo\n{Answers}\nrequest:\n  {Request.ReplaceLineEndings("\n  ")}\n"));
}
