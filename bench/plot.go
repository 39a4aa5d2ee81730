package main

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// plot draws saves a second by the number of savers, and the time of a list by
// the number of drafts, as an SVG picture of two panels.
func plot(r *results) string {
	saves := panel{title: "durable saves a second", across: "savers at once", left: 60,
		lines: []line{
			{name: "Boternity", color: "#0b6e4f", points: r.curve(workSave, ours, perSecondOf)},
			{name: "floor", color: "#555555", points: r.floorCurve()},
			{name: "whole states", color: "#c0392b", points: r.curve(workSave, peer, perSecondOf)},
		}}
	lists := panel{title: "time to list drafts", across: "drafts stored", left: 500,
		lines: []line{
			{name: "Boternity, first 50", color: "#0b6e4f", points: r.curve(workFirst, ours, itself)},
			{name: "Boternity, 50 anywhere", color: "#2980b9", points: r.curve(workDeep, ours, itself)},
			{name: "whole states, all", color: "#c0392b", points: r.curve(workList, peer, itself)},
		}, label: duration}
	saves.label = func(v float64) string { return number(int(v)) }

	var picture strings.Builder
	picture.WriteString(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 880 340" font-family="sans-serif" font-size="12">` + "\n" +
		`<title>Saves a second by savers, and time of a list by drafts</title>` + "\n" +
		`<rect width="880" height="340" fill="#ffffff"/>` + "\n")
	saves.draw(&picture)
	lists.draw(&picture)
	picture.WriteString("</svg>\n")
	return picture.String()
}

type point struct{ x, y float64 }

type line struct {
	name, color string
	points      []point
}

// curve is a side's medians by size.
func (r *results) curve(work, side string, value func(float64) float64) (points []point) {
	for _, at := range r.sizes(work, side) {
		points = append(points, point{float64(at), value(r.get(work, side, at).median())})
	}
	return points
}

func (r *results) floorCurve() (points []point) {
	for _, at := range r.sizes(workSave, floorOne) {
		points = append(points, point{float64(at), perSecondOf(r.floor(workSave, at).median())})
	}
	return points
}

func itself(v float64) float64      { return v }
func perSecondOf(v float64) float64 { return 1 / v }

// panel is a plot whose axes are both logarithmic.
type panel struct {
	title, across string
	left          float64
	lines         []line
	label         func(float64) string // of the upright axis
}

const panelWidth, panelHeight, panelTop = 340.0, 200.0, 40.0

func (p *panel) draw(out *strings.Builder) {
	fmt.Fprintf(out, `<text x="%.0f" y="22" font-size="15" fill="#222222">%s</text>`+"\n", p.left, p.title)
	var xs, ys []float64
	for _, l := range p.lines {
		for _, at := range l.points {
			xs, ys = append(xs, at.x), append(ys, at.y)
		}
	}
	if len(xs) == 0 {
		fmt.Fprintf(out, `<text x="%.0f" y="60" fill="#555555">not measured</text>`+"\n", p.left)
		return
	}
	across, up := axis{slices.Min(xs), slices.Max(xs)}, decades(ys)
	x := func(v float64) float64 { return p.left + across.place(v)*panelWidth }
	y := func(v float64) float64 { return panelTop + (1-up.place(v))*panelHeight }
	for tick := up.low; tick <= up.high*1.01; tick *= 10 {
		fmt.Fprintf(out, `<path d="M%.1f %.1fh%.0f" stroke="#dddddd"/><text x="%.1f" y="%.1f" text-anchor="end" fill="#555555">%s</text>`+"\n",
			p.left, y(tick), panelWidth, p.left-6, y(tick)+4, p.label(tick))
	}
	slices.Sort(xs)
	for _, tick := range slices.Compact(xs) {
		fmt.Fprintf(out, `<text x="%.1f" y="%.0f" text-anchor="middle" fill="#555555">%s</text>`+"\n", x(tick), panelTop+panelHeight+21, number(int(tick)))
	}
	fmt.Fprintf(out, `<text x="%.1f" y="%.0f" text-anchor="middle" fill="#222222">%s</text>`+"\n", p.left+panelWidth/2, panelTop+panelHeight+38, p.across)
	for i, l := range p.lines {
		l.draw(out, x, y)
		row := panelTop + panelHeight + 58 + 15*float64(i)
		fmt.Fprintf(out, `<path d="M%.1f %.1fh18" stroke="%s" stroke-width="2"/><text x="%.1f" y="%.1f" fill="#222222">%s</text>`+"\n",
			p.left, row-4, l.color, p.left+24, row, l.name)
	}
}

func (l *line) draw(out *strings.Builder, x, y func(float64) float64) {
	var corners []string
	for _, at := range l.points {
		corners = append(corners, fmt.Sprintf("%.1f,%.1f", x(at.x), y(at.y)))
		fmt.Fprintf(out, `<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`+"\n", x(at.x), y(at.y), l.color)
	}
	fmt.Fprintf(out, `<polyline points="%s" fill="none" stroke="%s" stroke-width="2"/>`+"\n", strings.Join(corners, " "), l.color)
}

type axis struct{ low, high float64 }

// decades is an axis of whole powers of ten that holds the values.
func decades(values []float64) axis {
	low, high := math.Log10(slices.Min(values)), math.Log10(slices.Max(values))
	return axis{math.Pow10(int(math.Floor(low))), math.Pow10(int(math.Ceil(high)))}
}

func (a axis) place(v float64) float64 {
	if a.high <= a.low {
		return 0.5
	}
	return math.Log(v/a.low) / math.Log(a.high/a.low)
}
